// The telephone in the browser: asks for the microphone, opens the line, and lets the headset be checked. Where the
// server has no token to give (a telephone rings her, or the sandbox, which has no sound), it stays out of sight.
import { Line, fetchToken } from "./line.js";
import { choose, chosen, close, devices, explain, listen, openMicrophone, playTone, speakerCanBeChosen } from "./microphone.js";

const by = (id) => document.getElementById(id);
const USABLE = ["registered", "on_line"];
const NAMES = {
  idle: "Headset", microphone: "No microphone", registering: "Connecting", registered: "Headset ready", on_line: "On the line",
  reconnecting: "Reconnecting", unregistered: "Not connected", error: "Trouble",
};
const FINE = { registered: "Connected; calls can reach you.", on_line: "Your line is open." };
let state = "off";
let permission;

function tell(now, text) {
  state = now;
  by("softphone").dataset.state = now;
  by("softphone-says").textContent = text;
  by("softphone").hidden = !text;
  by("headset-state").textContent = NAMES[now];
  by("headset-now").textContent = text || FINE[now] || "";
}

const line = new Line(tell);
let token;
let opened = false;

async function openLine() {
  if (opened) return;
  opened = true;
  try {
    await line.open(token);
    await line.useSpeaker();
  } catch (error) {
    opened = false;
    tell("error", error.message);
  }
}

// The permission is asked for before the line is opened: a line that nobody can speak on is worse than none. Where
// the page is not for speaking alone, nobody is asked before she wants to.
async function start() {
  token = await fetchToken();
  if (!token) return;
  by("headset-button").hidden = false;
  if (by("softphone").dataset.asks === "late" && (await microphonePermission())?.state !== "granted") {
    tell("idle", "");
    return;
  }
  try {
    close(await openMicrophone());
  } catch (error) {
    tell("microphone", explain(error));
    await tryAgainWhenAllowed();
    return;
  }
  await openLine();
}

const microphonePermission = () => navigator.permissions?.query({ name: "microphone" }).catch(() => null);

async function tryAgainWhenAllowed() {
  permission ??= await microphonePermission();
  if (permission) permission.onchange = () => { if (permission.state === "granted") check(); };
}

// The check: level, devices, a tone.
let stream;
let hush = () => {};

function fill(select, found, kind) {
  const options = found.map(({ deviceId, label }, index) => new Option(label || `${select.dataset.name} ${index + 1}`, deviceId));
  select.replaceChildren(new Option("As this computer is set", ""), ...options);
  select.value = found.some(({ deviceId }) => deviceId === chosen(kind)) ? chosen(kind) : "";
}

function endCheck() {
  hush();
  if (stream) close(stream);
  hush = () => {};
  stream = undefined;
  by("microphone-level").value = 0;
}

async function check() {
  endCheck();
  try {
    stream = await openMicrophone();
  } catch (error) {
    by("microphone-says").textContent = explain(error);
    if (!opened) tell("microphone", explain(error));
    return;
  }
  by("microphone-says").textContent = "Say something: the bar must move.";
  if (by("headset").open) {
    hush = listen(stream, (level) => {
      by("microphone-level").value = level;
      if (level > 0.1) by("microphone-says").textContent = "We hear you.";
    });
    fill(by("choose-microphone"), await devices("audioinput"), "audioinput");
    fill(by("choose-speaker"), await devices("audiooutput"), "audiooutput");
    by("choose-speaker").closest(".field").hidden = !speakerCanBeChosen;
  } else {
    endCheck();
  }
  await openLine();
}

const fails = (error) => { by("microphone-says").textContent = explain(error); };
by("choose-microphone").addEventListener("change", ({ target }) => {
  choose("audioinput", target.value);
  check();
  line.useMicrophone().catch(fails);
});
by("choose-speaker").addEventListener("change", ({ target }) => { choose("audiooutput", target.value); line.useSpeaker().catch(fails); });
by("play-tone").addEventListener("click", () => playTone().catch(fails));
by("check-microphone").addEventListener("click", check);
by("headset").addEventListener("close", endCheck);
new MutationObserver(() => { if (by("headset").open) check(); }).observe(by("headset"), { attributeFilter: ["open"] });

// Nothing begins that rings a line which can't be rung; htmx hears of the form only after this.
addEventListener("submit", (event) => {
  if (!event.target.matches("[data-rings]") || state === "off" || USABLE.includes(state)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  by("headset").showModal();
}, true);

start().catch((error) => tell("error", `Your headset is not connected: ${error.message}. Reload the page.`));
