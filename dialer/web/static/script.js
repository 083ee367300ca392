// The script's column: which step or objection is in view, what was answered, and the draft that survives a reload.
import { send } from "./outbox.js";

const DRAFT = "desk-draft";
const desk = () => document.getElementById("desk");
const attempt = () => desk().dataset.attempt;
const views = () => document.querySelector("[data-views]");
const view = (key) => views().querySelector(`[data-view="${CSS.escape(key)}"]`);
const shown = () => views().querySelector(".view:not([hidden])");
const firstStep = () => views().querySelector("[data-step]").dataset.view;

// Draft: what this agent has open and not yet saved, for the one attempt that is up.
const readDraft = () => {
  const draft = JSON.parse(localStorage.getItem(DRAFT) ?? "{}");
  return draft.attempt === attempt() ? draft : { attempt: attempt(), trail: [], fields: {} };
};
const changeDraft = (change) => {
  if (!attempt()) return;
  const draft = readDraft();
  change(draft);
  localStorage.setItem(DRAFT, JSON.stringify(draft));
};

export function show(key, { remember = true, focus = true } = {}) {
  const next = view(key);
  if (!next) return;
  for (const one of views().children) one.hidden = one !== next;
  views().scrollTop = 0;
  if ("step" in next.dataset) {
    changeDraft((draft) => {
      const from = draft.step ?? firstStep();
      if (remember && from !== key) draft.trail.push(from);
      draft.step = key;
    });
  }
  if (focus) next.querySelector("h2").focus({ preventScroll: true });
  if (next.dataset.end) suggest(next.dataset.end);
}

function back() {
  let key = readDraft().step ?? firstStep();
  if ("step" in shown().dataset) changeDraft((draft) => { key = draft.trail.pop() ?? firstStep(); });
  show(key, { remember: false });
}

function on() {
  const steps = [...views().querySelectorAll("[data-step]")];
  const next = steps[steps.indexOf(shown()) + 1];
  if (next && "step" in shown().dataset) show(next.dataset.view);
}

function suggest(code) {
  const choice = document.getElementById(`disposition-${code}`);
  if (choice && !document.querySelector('[name="disposition"]:checked')) choice.click();
}

// Answers
const values = (question) => [...question.querySelectorAll("input, textarea")]
  .filter((input) => (input.type === "radio" || input.type === "checkbox" ? input.checked : input.value.trim()))
  .map((input) => input.value);

function tellAnswers() {
  const list = document.getElementById("given");
  if (!list) return;
  const given = new Map();
  for (const question of document.querySelectorAll("[data-question]")) {
    const said = values(question);
    if (said.length) given.set(question.dataset.question, [question, said.join(", ")]);
  }
  list.replaceChildren(...[...given.values()].flatMap(([question, said]) => {
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = question.dataset.question.replaceAll("_", " ");
    words.textContent = said;
    return [term, words];
  }));
  document.getElementById("given-none").hidden = given.size > 0;
  const meant = new Set([...given.values()].map(([question]) => question.dataset.means));
  for (const mark of document.querySelectorAll("[data-mark]")) {
    mark.classList.toggle("done", meant.has(mark.dataset.mark));
    mark.querySelector(".mark-word").textContent = meant.has(mark.dataset.mark) ? ": asked" : ": not asked yet";
  }
}

function answered(question) {
  // The same question may stand in several steps; each shows the same answer.
  const given = values(question);
  for (const twin of document.querySelectorAll(`[data-question="${CSS.escape(question.dataset.question)}"]`)) {
    twin.querySelector(".question-error").hidden = true;
  }
  tellAnswers();
  if (attempt()) send("/desk/answers", { attempt_id: attempt(), key: question.dataset.question, value: given.length ? given : [""] });
}

export function refused(key, why) {
  for (const question of document.querySelectorAll(`[data-question="${CSS.escape(key)}"]`)) {
    const error = question.querySelector(".question-error");
    error.textContent = why;
    error.hidden = false;
  }
}

// The right column: fields that a disposition asks for, and the notes.
function tellDisposition(focus) {
  const chosen = document.querySelector('[name="disposition"]:checked');
  for (const more of document.querySelectorAll(".more")) {
    const wanted = more.dataset.for === "reason" ? chosen && "needsReason" in chosen.dataset : chosen?.dataset.effect === more.dataset.for;
    more.disabled = more.hidden = !wanted;
    if (wanted && focus) more.querySelector("input, select").focus();
  }
}

function restore() {
  const { step, fields } = readDraft();
  const form = document.getElementById("conclude-form");
  if (form && attempt()) {
    for (const [name, value] of Object.entries(fields)) {
      const field = form.elements[name];
      if (field && !(name === "notes" && field.value)) field.value = value;
    }
  }
  if (step) show(step, { remember: false, focus: false });
}

let noteTimer;
function saveNotes(notes) {
  const to = attempt();
  clearTimeout(noteTimer);
  if (to) noteTimer = setTimeout(() => send("/desk/notes", { attempt_id: to, notes }), 700);
}

// Called after the live part was put in place, new or kept.
export function arrange() {
  if (!views()) return;
  const { state } = desk().dataset;
  const open = ["on_call", "wrap_up"].includes(state);
  for (const question of document.querySelectorAll("[data-question]")) question.disabled = !open;
  const save = document.querySelector("[data-save]");
  if (save) {
    save.disabled = !open;
    save.querySelector("span").textContent = state === "wrap_up" ? "Save and go on" : save.dataset.onCall;
  }
  if (!views().dataset.arranged || views().dataset.arranged !== attempt()) {
    views().dataset.arranged = attempt();
    if (open) restore();
  }
  tellDisposition(false);
  tellAnswers();
}

addEventListener("click", (event) => {
  const goto = event.target.closest("[data-goto]")?.dataset.goto;
  if (goto === "back") back();
  else if (goto) show(goto);
  if (event.target.closest("[data-step-back]")) back();
  if (event.target.closest("[data-step-on]")) on();
});
addEventListener("change", (event) => {
  const question = event.target.closest("[data-question]");
  if (question) answered(question);
  if (event.target.name === "disposition") tellDisposition(true);
});
addEventListener("input", (event) => {
  const form = event.target.closest("#conclude-form");
  if (!form) return;
  changeDraft((draft) => { draft.fields = Object.fromEntries([...new FormData(form)].filter(([name]) => !["csrf_token", "attempt_id"].includes(name))); });
  if (event.target.name === "notes") saveNotes(event.target.value);
});
