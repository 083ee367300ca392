// Keys of the live floor: each presses the control that shows it, in the call that the supervisor is in. What changes
// with that call is told to who doesn't see it.
import { toast } from "./frame.js";

const OF_A_CALL = ["w", "b", "t", "s", "o", "m"];
const writes = (element) => element.matches("textarea, select, input");
const floor = () => document.getElementById("floor");

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || writes(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const control = floor().querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!control) {
    if (OF_A_CALL.includes(key)) toast("warning", whyNot());
    return;
  }
  event.preventDefault();
  control.click();
});

const whyNot = () => (floor().querySelector(".own-call").dataset.state === "none"
  ? "You are in no call. Listen at an agent who is on a call first."
  : floor().dataset.announce);

let told = floor().dataset.announce;
addEventListener("htmx:afterSwap", () => {
  const { announce } = floor().dataset;
  if (announce !== told) document.getElementById("announce").textContent = announce;
  told = announce;
});
