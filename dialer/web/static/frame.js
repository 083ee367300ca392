// What every page needs: the CSRF token on htmx's requests, messages, dialogs, running clocks.
import { startClocks } from "./clocks.js";

const token = () => document.querySelector('meta[name="csrf-token"]').content;

const ICONS = { done: "circle-check", warning: "circle-alert", error: "circle-x" };

const SHOWN = { done: 6000, warning: 15_000, error: 15_000 };
function leave(box) {
  const kind = Object.keys(SHOWN).find((name) => box.classList.contains(name));
  setTimeout(() => box.remove(), SHOWN[kind]);
}

export function toast(kind, text) {
  if ([...document.querySelectorAll(".toast p")].some((shown) => shown.textContent === text)) return;
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  box.innerHTML = `<svg class="icon" aria-hidden="true"><use href="/static/vendor/icons.svg#${ICONS[kind]}"></use></svg><p></p>
    <button class="button quiet square" type="button" data-dismiss aria-label="Dismiss"><svg class="icon" aria-hidden="true"><use href="/static/vendor/icons.svg#x"></use></svg></button>`;
  box.querySelector("p").textContent = text;
  document.getElementById("toasts").append(box);
  leave(box);
}

export async function post(url, fields) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
  return fetch(url, { method: "POST", body, headers: { "X-CSRF-Token": token() } });
}

// A header holds ASCII alone: whatever else is in the words comes percent-encoded.
export const words = (header) => header && decodeURIComponent(header);

function tellRefusal({ xhr, requestConfig }) {
  if (requestConfig.elt.querySelector(".error[role=alert]")) return; // it tells its own errors
  toast("error", words(xhr.getResponseHeader("X-Message")) ?? `That didn't work (error ${xhr.status}). Nothing was changed.`);
}

addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRF-Token"] = token(); });
// What refreshes itself waits while the keyboard is on something in it that has no id, for that would lose the focus.
addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (!elt.matches('[hx-trigger^="every"]')) return;
  if (elt.querySelector(":focus-visible:not([id])") || confirmation.open) event.preventDefault();
});
// What asks first (hx-confirm) asks here; data-confirm is the word on the button. The form that asks stays in the page.
const confirmation = document.getElementById("confirm");
addEventListener("htmx:confirm", (event) => {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  confirmation.querySelector("p").textContent = question;
  confirmation.querySelector("[value=yes]").textContent = elt.dataset.confirm ?? "Yes";
  confirmation.returnValue = "";
  confirmation.addEventListener("close", () => { if (confirmation.returnValue) issueRequest(true); }, { once: true });
  confirmation.showModal();
});
addEventListener("htmx:beforeSwap", (event) => { if (confirmation.open) event.detail.shouldSwap = false; });
// A refused form comes back as HTML with its errors; any other refusal is only told.
addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status !== 422 || xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) return;
  event.detail.shouldSwap = false;
  tellRefusal(event.detail);
});
addEventListener("htmx:sendError", () => toast("error", "The server can't be reached. Try again in a moment."));
addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) location.reload();
  else tellRefusal(event.detail);
});

addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast").remove();
  const opens = event.target.closest("[data-dialog]");
  if (opens) document.getElementById(opens.dataset.dialog).showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
});
// A closed dialog must not keep the focus: the next key is meant for the page.
addEventListener("close", ({ target }) => { if (target.contains(document.activeElement)) document.activeElement.blur(); }, true);
addEventListener("change", (event) => {
  if (event.target.closest("form[data-submit-on-change]")) event.target.form.requestSubmit();
});

addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !document.querySelector("dialog[open]")) document.getElementById("toasts").replaceChildren();
});

// Until a player has loaded, which nobody's looking at the page does, it knows no length: the page tells it beside.
addEventListener("loadedmetadata", ({ target }) => target.classList.add("is-loaded"), true);

// A page that the browser kept and shows again by its back button may be of somebody who has signed out since.
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });

document.querySelectorAll(".toast").forEach(leave);
startClocks();
