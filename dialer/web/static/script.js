// The script's column: which step or objection is in view, which question the digits answer, and what was answered.
import { attempt, changeDraft, readDraft } from "./draft.js";
import { send } from "./outbox.js";

const views = () => document.querySelector("[data-views]");
const view = (key) => views().querySelector(`[data-view="${CSS.escape(key)}"]`);
const shown = () => views().querySelector(".view:not([hidden])");
const firstStep = () => views().querySelector("[data-step]").dataset.view;

export function show(key, { remember = true, focus = true } = {}) {
  const next = view(key);
  if (!next) return;
  for (const one of views().children) one.hidden = one !== next;
  next.querySelector(".view-body").scrollTop = 0;
  if ("step" in next.dataset) {
    changeDraft((draft) => {
      const from = draft.step ?? firstStep();
      if (remember && from !== key) draft.trail.push(from);
      draft.step = key;
    });
  }
  if (focus) next.querySelector("h2").focus({ preventScroll: true });
  light(firstOpen());
  if (next.dataset.end) dispatchEvent(new CustomEvent("script:end", { detail: next.dataset.end }));
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

// Groups: the questions of a view and its ways on. Digits are for the one that is lit; with Shift always for the ways on.
const groups = () => [...shown().querySelectorAll("[data-question], .ways")];
const lit = () => groups().findIndex((group) => "lit" in group.dataset);

function firstOpen() {
  const open = groups().findIndex((group) => !group.disabled && group.matches("[data-question]") && !values(group).length);
  return open < 0 ? groups().length - 1 : open;
}

function light(index) {
  groups().forEach((group, position) => {
    group.toggleAttribute("data-lit", position === index);
    for (const control of group.querySelectorAll("[data-digit]")) {
      const { digit } = control.dataset;
      const keys = [...(position === index ? [digit] : []), ...(group.matches(".ways") ? [`⇧${digit}`] : [])];
      const cap = control.closest(".choice, .way").querySelector("kbd");
      cap.hidden = !keys.length;
      cap.textContent = keys[0];
      control.dataset.key = keys.join(" ");
    }
  });
}

function move(by) {
  const index = Math.min(Math.max(lit() + by, 0), groups().length - 1);
  light(index);
  const group = groups()[index];
  group.scrollIntoView({ block: "nearest" });
  const field = group.querySelector("textarea, input:not([type=radio]):not([type=checkbox])");
  if (field) field.focus();
  else if (document.activeElement.matches("input, textarea")) document.activeElement.blur();
}

// Answers
const values = (question) => [...question.querySelectorAll("input, textarea")]
  .filter((input) => (input.type === "radio" || input.type === "checkbox" ? input.checked : input.value.trim()))
  .map((input) => input.value);

const twins = (key) => document.querySelectorAll(`[data-question="${CSS.escape(key)}"]`);

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

// A question asked in several steps shows the same answer in each.
function copyToTwins(question) {
  const given = values(question);
  for (const twin of twins(question.dataset.question)) {
    twin.querySelector(".question-error").hidden = true;
    if (twin === question) continue;
    for (const input of twin.querySelectorAll("input, textarea")) {
      if (input.type === "radio" || input.type === "checkbox") input.checked = given.includes(input.value);
      else input.value = given[0] ?? "";
    }
  }
  return given;
}

function answered(question) {
  const given = copyToTwins(question);
  tellAnswers();
  if (attempt()) send("/desk/answers", { attempt_id: attempt(), key: question.dataset.question, value: given.length ? given : [""] });
  if (groups()[lit()] === question && question.querySelector("[type=radio]")) move(1);
}

export function refused(key, why) {
  for (const question of twins(key)) {
    const error = question.querySelector(".question-error");
    error.textContent = why;
    error.hidden = false;
  }
}

// Called after the live part was put in place; `open` tells whether answers can be stored, `fresh` whether it is new.
export function arrangeScript(open, fresh) {
  for (const question of document.querySelectorAll("[data-question]")) question.disabled = !open;
  const { step } = readDraft();
  if (fresh && open && step) show(step, { remember: false, focus: false });
  else if (fresh || lit() < 0) light(firstOpen());
  tellAnswers();
}

addEventListener("click", ({ target }) => {
  const goto = target.closest("[data-goto]")?.dataset.goto;
  if (goto === "back") back();
  else if (goto) show(goto);
  if (target.closest("[data-step-back]")) back();
  if (target.closest("[data-step-on]")) on();
  if (target.closest("[data-group-before]")) move(-1);
  if (target.closest("[data-group-after]")) move(1);
});
addEventListener("submit", (event) => { if (event.target === views()) event.preventDefault(); });
addEventListener("change", ({ target }) => {
  const question = target.closest("[data-question]");
  if (question) answered(question);
});
addEventListener("focusin", ({ target }) => {
  const group = target.closest("[data-question], .ways");
  if (group && views()?.contains(group)) light(groups().indexOf(group));
});
