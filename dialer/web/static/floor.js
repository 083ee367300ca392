// Keys of the live floor: each presses the control that shows it, in the room that the supervisor is in.
const writes = (element) => element.matches("textarea, select, input");

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || writes(event.target) || document.querySelector("dialog[open]")) return;
  const control = document.querySelector(`#floor [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!control) return;
  event.preventDefault();
  control.click();
});
