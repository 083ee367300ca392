// The dialogs of the call that goes on: keypad and passing on. They live beside the live part. One that is open when
// its call ends stays and says so, for whoever types a number would type the rest of it into the script.
import { attempt } from "./draft.js";
import { post, words } from "./frame.js";

const openDialog = () => document.querySelector("dialog[data-of-call][open]");
const keypad = document.getElementById("keypad");
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
  try {
    const answer = await post("/desk/tones", { attempt_id: keypad.dataset.attempt, digits });
    if (!answer.ok) notSent(digits, words(answer.headers.get("X-Message")) ?? "The tones were not sent. Try again.");
  } catch {
    notSent(digits, "The server can't be reached. The tones were not sent.");
  }
}

// What is shown as sent is what was sent.
function notSent(digits, why) {
  const at = sent.value.lastIndexOf(digits);
  if (at >= 0) sent.value = sent.value.slice(0, at) + sent.value.slice(at + digits.length);
  tellError(keypad, why);
}

const tonesTo = () => document.getElementById("call")?.dataset.tonesTo;
const HELD = "The person is on hold and would not hear it. Take the call off hold first.";
const OVER = "The call is over. Esc closes this.";
const isHeld = () => Boolean(document.querySelector("#call.is-held"));
const isOver = (dialog) => !document.getElementById("call") || dialog.dataset.attempt !== attempt();

function whyNoTones() {
  if (isOver(keypad)) return OVER;
  return isHeld() && !tonesTo() ? HELD : "";
}

addEventListener("click", ({ target }) => {
  const key = target.closest("[data-tone]")?.dataset.tone;
  if (!key) return;
  tellError(keypad, whyNoTones());
  if (whyNoTones()) return;
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
  dialog.dataset.attempt = attempt();
  tellError(dialog, dialog === keypad ? whyNoTones() : "");
  sent.value = "";
  document.getElementById("keypad-to").textContent = tonesTo() ?? "The person";
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
  const pressedEarly = early && who.querySelector(`[data-key="${early}"]:enabled`);
  if (pressedEarly) pressedEarly.checked = true;
  (pressedEarly || who.querySelector("input:enabled")).focus();
});
// Nobody is chosen before the agent chooses: Enter alone passes nobody on.
addEventListener("invalid", (event) => {
  const { form, name } = event.target;
  if (form?.id !== "transfer-form" || name !== "to") return;
  event.preventDefault();
  tellError(form, "Choose who takes the call.");
}, true);
addEventListener("change", ({ target }) => {
  if (target.name === "to") tellError(target.form, "");
  if (target.name === "to" && target.value === "number") document.getElementById("transfer-number").focus();
});
addEventListener("input", ({ target }) => {
  if (target.id !== "transfer-number") return;
  document.querySelector('#transfer [value="number"]').checked = true;
});
addEventListener("htmx:afterSwap", () => {
  const dialog = openDialog();
  if (!dialog) return;
  if (isOver(dialog)) tellError(dialog, OVER);
  else if (dialog === keypad) tellError(keypad, whyNoTones());
});
// Once the call is over, a key that is none of the keypad's is meant for the page.
addEventListener("keydown", ({ key, code }) => {
  const ofKeypad = /^(?:Digit|Numpad)\d$/.test(code) || "*#".includes(key);
  if (keypad.open && isOver(keypad) && key.length === 1 && !ofKeypad) keypad.close();
}, true);
addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt, xhr } = detail;
  if (!elt.matches?.("#transfer form")) return;
  if (xhr.status >= 200 && xhr.status < 300) elt.closest("dialog").close();
  else tellError(elt, words(xhr.getResponseHeader("X-Message")) ?? "That didn't work. Try again.");
});
