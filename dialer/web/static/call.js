// The dialogs of the call that goes on: keypad and passing on. They live beside the live part and end with the call.
import { attempt } from "./draft.js";

const dialogs = () => document.querySelectorAll("dialog[data-of-call]");
const sent = document.getElementById("keypad-sent");

function tellError(form, text) {
  const error = form.querySelector(".error");
  error.textContent = text;
  error.hidden = !text;
}

// An agent or a team takes a call at once; anybody else can be talked with before.
function offerWays() {
  const atOnce = document.querySelector('#transfer [name="to"]:checked')?.hasAttribute("data-at-once");
  document.querySelector('#transfer [value="talk"]').disabled = Boolean(atOnce);
}

addEventListener("click", ({ target }) => {
  const dialog = document.getElementById(target.closest("[data-dialog]")?.dataset.dialog);
  if (!dialog?.matches("[data-of-call]")) return;
  dialog.querySelector('[name="attempt_id"]').value = attempt();
  tellError(dialog, "");
  sent.value = "";
});
addEventListener("change", ({ target }) => {
  if (target.name !== "to") return;
  offerWays();
  if (target.value === "number") document.getElementById("transfer-number").focus();
});
addEventListener("input", ({ target }) => {
  if (target.id !== "transfer-number") return;
  document.querySelector('#transfer [value="number"]').checked = true;
  offerWays();
});
addEventListener("htmx:afterSwap", () => {
  offerWays();
  if (!document.getElementById("call")) for (const dialog of dialogs()) dialog.close();
});
addEventListener("htmx:afterRequest", ({ detail }) => {
  const dialog = detail.elt.closest?.("dialog[data-of-call]");
  if (!dialog) return;
  const { xhr, successful, requestConfig } = detail;
  tellError(dialog, successful ? "" : (xhr.getResponseHeader("X-Message") ?? "That didn't work. Try again."));
  if (successful && dialog.id === "transfer") dialog.close();
  if (successful && dialog.id === "keypad") sent.value += requestConfig.formData?.get("digits") ?? requestConfig.parameters.digits ?? "";
});
