"""The speed of the whole house, measured on one machine in one run: `make bench`."""
