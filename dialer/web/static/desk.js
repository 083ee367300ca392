// The desk's live part: events from the server, keys, the sound of a call, and what is told when the network is gone.
import { setNow } from "./clocks.js";
import { toast } from "./frame.js";
import { flush, watch } from "./outbox.js";
import { attempt, desk } from "./draft.js";
import { arrangeConclusion } from "./conclude.js";
import { arrangeScript, refused } from "./script.js";

const remembered = (name) => localStorage.getItem(name) !== "off";

// Events: each one makes the page fetch the state anew, so a lost or doubled event does no harm.
const SILENCE = 45_000;
let source;
let silence;
let fetching = false;
let again = false;

// Answers to forms of the live part, awaited for a while: put in its place meanwhile, a state would lose them and what
// they refuse.
const PATIENCE = 10_000;
const awaited = new Set();
addEventListener("htmx:beforeSend", ({ detail: { target, xhr } }) => {
  if (target !== desk()) return;
  const over = () => { awaited.delete(xhr); catchUp(); };
  awaited.add(xhr);
  xhr.addEventListener("loadend", over);
  setTimeout(over, PATIENCE);
});
addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== desk() || awaited.size < 2 || detail.xhr.status === 422) return;
  detail.shouldSwap = false;
  again = true;
});

async function fetchState() {
  const answer = await fetch("/desk/state", { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10_000) });
  if (answer.status === 401) location.reload();
  if (!answer.ok) return;
  const html = await answer.text();
  if (awaited.size) { again = true; return; }
  noteFocus();
  htmx.swap("#desk", html, { swapStyle: "outerHTML" });
}

async function refresh() {
  if (fetching || awaited.size) { again = true; return; }
  fetching = true;
  try {
    await fetchState();
  } catch {
    setTimeout(refresh, 2000);
  }
  fetching = false;
  catchUp();
}

function catchUp() {
  if (!again || fetching || awaited.size) return;
  again = false;
  refresh();
}

function heard() {
  clearTimeout(silence);
  silence = setTimeout(connect, SILENCE);
}

function connect() {
  source?.close();
  source = new EventSource("/desk/events");
  let opened = false;
  source.addEventListener("open", () => { opened = true; tellNetwork({ down: false }); refresh(); flush(); });
  source.addEventListener("state", () => { heard(); refresh(); });
  source.addEventListener("told", ({ data }) => { heard(); toast("warning", JSON.parse(data).text); });
  source.addEventListener("ping", heard);
  source.addEventListener("error", () => {
    if (opened) tellNetwork({ down: true });
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}

const network = { down: false, unsent: 0 };
function tellNetwork(change) {
  Object.assign(network, change);
  const { down, unsent } = network;
  document.getElementById("network").hidden = !down && !unsent;
  document.getElementById("network-what").textContent = down ? "No connection to the server." : "Not everything is stored yet.";
  document.getElementById("network-unsent").textContent = unsent
    ? `${unsent} unsent ${unsent === 1 ? "entry is" : "entries are"} kept in this browser and sent again until stored.`
    : "Your call goes on; this page catches up by itself.";
}

watch(({ unsent, item, refused: why }) => {
  tellNetwork({ unsent });
  if (why && item.fields.key) refused(item.fields.key, why);
  else if (why) toast("error", why);
});

// The live part was swapped: keep the focus where it was and the choice of a pause open, tell what is new.
let focused;
let pausing;
let state;
function noteFocus() {
  const { id, dataset, selectionStart, selectionEnd } = document.activeElement;
  const found = id ? `#${id}` : dataset.key && `[data-key="${dataset.key}"]`;
  focused = { found, selectionStart, selectionEnd };
  pausing = document.getElementById("pause").open;
}
addEventListener("htmx:beforeSwap", noteFocus);
addEventListener("htmx:responseError", refresh);
let live = desk();
addEventListener("htmx:afterSwap", () => {
  // What else is swapped on the page, such as a dialog's list, brings no newer time: the old one would set clocks back.
  if (desk() === live) return;
  live = desk();
  setNow(live.dataset.now);
  arrange();
  const was = state;
  state = desk().dataset.state;
  if (was !== state) tellState(was);
  if (pausing && document.querySelector('[data-dialog="pause"]')) document.getElementById("pause").showModal();
  const field = document.activeElement === document.body && focused?.found && document.querySelector(focused.found);
  if (!field) return;
  field.focus({ preventScroll: true });
  if (focused.selectionStart != null) field.setSelectionRange(focused.selectionStart, focused.selectionEnd);
});

function arrange() {
  const { state: now } = desk().dataset;
  const script = document.querySelector("[data-views]");
  if (!script) return;
  const fresh = script.dataset.arranged !== `${attempt()} ${now === "preview"}`;
  script.dataset.arranged = `${attempt()} ${now === "preview"}`;
  arrangeScript(["on_call", "wrap_up"].includes(now), fresh);
  arrangeConclusion(now, fresh);
}

function tellState(was) {
  document.getElementById("announce").textContent = desk().dataset.announce;
  const came = ["preview", "asked", "on_call"].includes(state) && !["ringing", "preview"].includes(was);
  if (!came) return;
  document.querySelector(".view:not([hidden]) h2").focus({ preventScroll: true });
  if (remembered("desk-sound")) ring();
}

// Two soft notes; browsers allow them once the agent has pressed a key or a button here.
let audio;
function ring() {
  audio ??= new AudioContext();
  [660, 880].forEach((pitch, index) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + index * 0.14;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.15, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  });
}

// Keys: whatever shows a key carries it in data-key, so pressing it is pressing what is seen.
const writes = (element) => element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
const usable = (element) => element.checkVisibility() && !element.matches(":disabled");

// Digits go by their place on the keyboard, so that Shift and a digit is the same key in every layout.
function keysOf(event) {
  const digit = event.code.match(/^(?:Digit|Numpad)(\d)$/)?.[1];
  const capsLock = event.key.length === 1 && event.getModifierState("CapsLock");
  const key = capsLock ? (event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key;
  if (!digit) return [key];
  return [...(/\d/.test(key) ? [] : [key]), event.shiftKey ? `⇧${digit}` : digit];
}

function pressed(event) {
  const { target } = event;
  if (event.altKey || event.metaKey || event.isComposing) return [];
  if (event.ctrlKey) return event.key === "Enter" ? ["Enter"] : [];
  if (event.shiftKey && event.key === "Enter") return writes(target) ? ["⇧Enter"] : ["⇧Enter", "Enter"];
  if (writes(target)) {
    if (event.key === "Escape") target.blur();
    const through = target.matches("[data-question] input:not([type=date])") && ["Enter", "ArrowDown", "ArrowUp"].includes(event.key);
    return through ? [event.key === "Enter" ? "ArrowDown" : event.key] : [];
  }
  if (event.key === "Enter" && target.closest("button, a, summary")?.checkVisibility()) return [];
  if (event.key.startsWith("Arrow") && target.matches("input")) return [];
  return remembered("desk-keys") || event.key === "Escape" || event.key === "Enter" ? keysOf(event) : [];
}

addEventListener("keydown", (event) => {
  const scope = document.querySelector("dialog[open]") ?? document;
  const controls = pressed(event).flatMap((key) => [...scope.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`)]);
  const control = controls.find(usable);
  if (!control) return;
  event.preventDefault();
  if (writes(control)) control.focus();
  else control.click();
});

for (const [id, name] of [["keys-on", "desk-keys"], ["sound-on", "desk-sound"]]) {
  const box = document.getElementById(id);
  box.checked = remembered(name);
  box.addEventListener("change", () => localStorage.setItem(name, box.checked ? "on" : "off"));
}

state = desk().dataset.state;
arrange();
connect();
