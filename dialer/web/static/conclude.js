// The desk's right column: notes saved as they are written, the disposition and the fields that it asks for. What is
// chosen is stored before it is saved, so that the end of the wrap-up's time does not lose it.
import { now, speed } from "./clocks.js";
import { attempt, changeDraft, readDraft } from "./draft.js";
import { send } from "./outbox.js";

const LACKS = { disposition: "Choose a disposition.", reason: "Choose a reason.", callback_at: "Give the date and time to call back." };
const OF_CHOICE = ["disposition", "reason", "callback_at", "callback_scope"];
const form = () => document.getElementById("conclude-form");
const chosen = () => document.querySelector('[name="disposition"]:checked');
const isComplete = () => Boolean(chosen()) && form().matches(":valid");

// The button that saves lies over the end of the column: what has the focus comes out from under it, with its error.
function focusOn(field) {
  field.focus();
  field.closest("fieldset").scrollIntoView({ block: "nearest" });
}

function showFields(focus) {
  const choice = chosen();
  for (const more of document.querySelectorAll(".more")) {
    const wanted = more.dataset.for === "reason" ? choice && "needsReason" in choice.dataset : choice?.dataset.effect === more.dataset.for;
    more.disabled = more.hidden = !wanted;
    if (wanted && focus) focusOn(more.querySelector("input, select"));
  }
}

function restore() {
  for (const [name, value] of Object.entries(readDraft().fields)) {
    const field = form().elements[name];
    if (field && !(name === "notes" && field.value)) field.value = value;
  }
}

// What is wrong with a field is told beside it; dispositions are one field.
function tellLack(name, text) {
  const error = document.getElementById(`${name.replace("_", "-")}-error`);
  error.querySelector("span").textContent = text;
  error.hidden = !text;
  const field = name === "disposition" ? document.getElementById("disposition") : form().elements[name];
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function focusOnLack() {
  const lacking = form().querySelector('[aria-invalid="true"]');
  if (lacking) focusOn(lacking.querySelector("input") ?? lacking);
}

function tellSavedAs() {
  const place = document.getElementById("saved-as");
  if (place) place.textContent = isComplete() ? chosen().closest("label").querySelector("span").textContent : place.dataset.default;
}

// Both wait for a pause in what she enters, but not beyond the end of her time.
const PAUSE = 700;
const LAST_MS = 3000;
const waiting = {};
function sendSoon(url, fields) {
  const end = document.querySelector(".callbar [data-until]");
  const left = end ? (Date.parse(end.dataset.until) - now()) / speed : Infinity;
  clearTimeout(waiting[url]);
  if (attempt()) waiting[url] = setTimeout(send, left < LAST_MS ? 0 : PAUSE, url, { attempt_id: attempt(), ...fields });
}
const saveNotes = () => sendSoon("/desk/notes", { notes: form().elements.notes.value });
function saveChoice() {
  if (chosen()) sendSoon("/desk/choice", Object.fromEntries([...new FormData(form())].filter(([name]) => OF_CHOICE.includes(name))));
}

// Called after the live part was put in place.
export function arrangeConclusion(state, fresh) {
  if (!form()) return;
  const open = ["on_call", "wrap_up"].includes(state);
  const save = form().querySelector("[data-save]");
  save.disabled = !open;
  save.querySelector("span").textContent = state === "wrap_up" ? save.dataset.wrapUp : save.dataset.onCall;
  const refused = "refused" in form().dataset;
  if (fresh && open && !refused) restore();
  showFields(false);
  tellSavedAs();
  if (!refused) return;
  delete form().dataset.refused;
  focusOnLack();
  saveNotes();
  saveChoice();
}

addEventListener("script:end", ({ detail }) => {
  const suggested = document.getElementById(`disposition-${detail}`);
  if (suggested && !chosen()) suggested.click();
});
addEventListener("change", ({ target }) => { if (target.name === "disposition") showFields(true); });
addEventListener("input", ({ target }) => {
  if (!form()?.contains(target)) return;
  changeDraft((draft) => { draft.fields = Object.fromEntries([...new FormData(form())].filter(([name]) => !["csrf_token", "attempt_id"].includes(name))); });
  if (target.name === "notes") saveNotes();
});
addEventListener("change", ({ target }) => {
  if (!form()?.contains(target) || !OF_CHOICE.includes(target.name)) return;
  for (const name of target.name === "disposition" ? Object.keys(LACKS) : [target.name]) if (name in LACKS) tellLack(name, "");
  saveChoice();
  tellSavedAs();
});
// The browser's own word of what is missing would stand elsewhere, and go by itself.
addEventListener("invalid", (event) => {
  if (event.target.form !== form()) return;
  event.preventDefault();
  tellLack(event.target.name, LACKS[event.target.name]);
  focusOnLack();
}, true);
// What is saved needs no sending of its own any more.
addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt === form()) for (const url in waiting) clearTimeout(waiting[url]);
});
