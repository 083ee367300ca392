"""Made-up people and firms for the demo: names from lists, numbers reserved for fiction."""

import csv
import io
import random

FIRST_NAMES = [
    "Ada",
    "Amos",
    "Beatriz",
    "Caleb",
    "Carmen",
    "Chidi",
    "Clara",
    "Dalia",
    "Desmond",
    "Edith",
    "Elena",
    "Emeka",
    "Farah",
    "Felix",
    "Grace",
    "Hana",
    "Hugo",
    "Imani",
    "Ines",
    "Ivan",
    "Jonas",
    "Josefa",
    "Kavya",
    "Kenji",
    "Lena",
    "Leroy",
    "Lucia",
    "Malik",
    "Marta",
    "Mei",
    "Milan",
    "Nadia",
    "Noah",
    "Odile",
    "Omar",
    "Pavel",
    "Priya",
    "Quincy",
    "Rosa",
    "Ruben",
    "Sana",
    "Silas",
    "Tara",
    "Tobias",
    "Uma",
    "Viktor",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zora",
]
LAST_NAMES = [
    "Abara",
    "Almeida",
    "Bergman",
    "Boyle",
    "Castellano",
    "Chandra",
    "Delacroix",
    "Dubois",
    "Eriksen",
    "Fairweather",
    "Farouk",
    "Garland",
    "Haddad",
    "Holloway",
    "Iverson",
    "Jankowski",
    "Kaplan",
    "Kimura",
    "Laurent",
    "Lindqvist",
    "Macready",
    "Mbeki",
    "Moreau",
    "Nakamura",
    "Novak",
    "Okafor",
    "Ostrowski",
    "Pereira",
    "Quigley",
    "Ramsey",
    "Rossi",
    "Sandoval",
    "Silva",
    "Tanaka",
    "Thackeray",
    "Ueda",
    "Valdez",
    "Vance",
    "Whitlock",
    "Yamada",
]
STREETS = [
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Foxglove",
    "Hawthorn",
    "Juniper",
    "Linden",
    "Maple",
    "Oak",
    "Poplar",
    "Spruce",
    "Willow",
]
PLACES = (
    ("312", "Chicago", "IL", "60601"),
    ("414", "Milwaukee", "WI", "53202"),
    ("612", "Minneapolis", "MN", "55401"),
    ("314", "St. Louis", "MO", "63101"),
    ("713", "Houston", "TX", "77002"),
    ("214", "Dallas", "TX", "75201"),
    ("504", "New Orleans", "LA", "70112"),
    ("212", "New York", "NY", "10001"),
    ("617", "Boston", "MA", "02108"),
    ("215", "Philadelphia", "PA", "19103"),
    ("404", "Atlanta", "GA", "30303"),
    ("704", "Charlotte", "NC", "28202"),
    ("303", "Denver", "CO", "80202"),
    ("801", "Salt Lake City", "UT", "84101"),
    ("505", "Albuquerque", "NM", "87102"),
    ("213", "Los Angeles", "CA", "90012"),
    ("206", "Seattle", "WA", "98101"),
    ("503", "Portland", "OR", "97204"),
    ("702", "Las Vegas", "NV", "89101"),
    ("415", "San Francisco", "CA", "94103"),
)
HEADERS = ("First name", "Last name", "Telephone", "Street", "City", "State", "ZIP", "Home built", "Heating")
HEATING = ("gas", "oil", "electric", "heat pump", "propane")


def fictional_list(count: int, seed: int) -> bytes:
    """A call list as CSV: `count` people, each with a number of their own (+1 NPA 555 0101–0198; the
    campaign and the client have those at the ends)."""
    draw = random.Random(seed)  # noqa: S311 - made-up people need no secrecy
    numbers = [(place, last) for place in PLACES for last in range(101, 199)]
    if count > len(numbers):
        raise ValueError(f"fiction has numbers for {len(numbers)} people here")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for (npa, city, state, postal_code), last in draw.sample(numbers, count):
        writer.writerow(
            (
                draw.choice(FIRST_NAMES),
                draw.choice(LAST_NAMES),
                f"({npa}) 555-0{last}",
                f"{draw.randrange(1, 400)} {draw.choice(STREETS)} Street",
                city,
                state,
                postal_code,
                draw.randrange(1925, 2020),
                draw.choice(HEATING),
            )
        )
    return text.getvalue().encode()
