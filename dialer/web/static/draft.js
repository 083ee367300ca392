// What the agent has open and not saved yet, for the one attempt that is up. It survives a reload.
const DRAFT = "desk-draft";

export const desk = () => document.getElementById("desk");
export const attempt = () => desk().dataset.attempt;

export function readDraft() {
  const draft = JSON.parse(localStorage.getItem(DRAFT) ?? "{}");
  return draft.attempt === attempt() ? draft : { attempt: attempt(), trail: [], fields: {} };
}

export function changeDraft(change) {
  if (!attempt()) return;
  const draft = readDraft();
  change(draft);
  localStorage.setItem(DRAFT, JSON.stringify(draft));
}
