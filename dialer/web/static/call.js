// The dialogs of the call that goes on: keypad and passing on. They live beside the live part and end with the call.
import { attempt } from "./draft.js";
import { post, words } from "./frame.js";

const dialogs = () => document.querySelectorAll("dialog[data-of-call]");
const sent = document.getElementById("keypad-sent");
const who = document.getElementById("transfer-who");
let early = "";

function tellError(form, text) {
  const error = form.querySelector(".error");
  error.textContent = text;
  error.hidden = !text;
}

// Keys pressed one after another go out together, so that they are heard in their order.
const PAUSE = 500;
let pressed = "";
let waiting;
async function sendTones() {
  const digits = pressed;
  pressed = "";
  const form = sent.closest("form");
  try {
    const answer = await post("/desk/tones", { attempt_id: attempt(), digits });
    if (!answer.ok) tellError(form, words(answer.headers.get("X-Message")) ?? "The tones were not sent. Try again.");
  } catch {
    tellError(form, "The server can't be reached. The tones were not sent.");
  }
}

addEventListener("click", ({ target }) => {
  const key = target.closest("[data-tone]")?.dataset.tone;
  if (!key) return;
  tellError(sent.closest("form"), "");
  sent.value += key;
  pressed += key;
  clearTimeout(waiting);
  waiting = setTimeout(sendTones, PAUSE);
});
addEventListener("click", ({ target }) => {
  const dialog = document.getElementById(target.closest("[data-dialog]")?.dataset.dialog);
  if (!dialog?.matches("[data-of-call]")) return;
  const field = dialog.querySelector('[name="attempt_id"]');
  if (field) field.value = attempt();
  tellError(dialog, "");
  sent.value = "";
  who.replaceChildren();
  early = "";
});
// A choice pressed before the list is there counts when it comes.
addEventListener("keydown", ({ code }) => {
  const digit = code.match(/^(?:Digit|Numpad)(\d)$/)?.[1];
  if (digit && who.closest("dialog").open && !who.firstElementChild) early = digit;
});
addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== who) return;
  const choice = (early && who.querySelector(`[data-key="${early}"]:enabled`)) || who.querySelector(":checked");
  choice.checked = true;
  choice.focus();
});
addEventListener("change", ({ target }) => {
  if (target.name === "to" && target.value === "number") document.getElementById("transfer-number").focus();
});
addEventListener("input", ({ target }) => {
  if (target.id !== "transfer-number") return;
  document.querySelector('#transfer [value="number"]').checked = true;
});
addEventListener("htmx:afterSwap", () => {
  if (!document.getElementById("call")) for (const dialog of dialogs()) dialog.close();
});
addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt, xhr } = detail;
  if (!elt.matches?.("#transfer form")) return;
  if (xhr.status >= 200 && xhr.status < 300) elt.closest("dialog").close();
  else tellError(elt, words(xhr.getResponseHeader("X-Message")) ?? "That didn't work. Try again.");
});
