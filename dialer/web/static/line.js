// The line to the telephone network: one Twilio.Device, its token kept fresh, its calls taken, its states told.
// `tell(state, words)` has the states registering, registered, on_line, reconnecting, unregistered and error.
import { chosen, speakerCanBeChosen } from "./microphone.js";

const LIBRARY = "/static/vendor/twilio.min.js";
const REFRESH_AT = 0.75; // of the token's life
const RETRY_MS = 15_000;
const SETTLE_MS = 30_000; // the library comes back by itself; a register() meanwhile would race with its own
const KEEP_CALL_MS = 30_000; // how long a call waits for lost signalling

export async function fetchToken() {
  const answer = await fetch("/voice-token", { signal: AbortSignal.timeout(10_000) });
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

const NETWORK = "No connection to the telephone network. It is tried again by itself; check your network if this stays.";
const KEY = "The telephone network does not accept this page's token. A new one is fetched; if this stays, an admin must check the API key.";
const MICROPHONE = "The microphone could not be opened for the call. Check your headset.";
const BLOCKED = "Sound can't pass. A firewall may be in the way: UDP 10000 to 60000 must be open.";
const WORDS = {
  20101: KEY, 20102: KEY, 20103: KEY, 20104: KEY, 20151: KEY, 20157: KEY, 31201: KEY, 31204: KEY, 31205: KEY, 51007: KEY,
  31000: NETWORK, 31005: NETWORK, 31009: NETWORK, 53000: NETWORK, 53001: NETWORK,
  31208: MICROPHONE, 31401: MICROPHONE, 31402: MICROPHONE,
  53405: BLOCKED,
};
const KEPT = "The connection broke off. Your call is kept and comes back by itself.";
const WEAK = new Set(["high-rtt", "low-mos", "high-jitter", "high-packet-loss", "high-packets-lost-fraction", "low-bytes-received"]);
const words = ({ code, message }) => `${WORDS[code] ?? message} (${code ?? "no code"})`;

function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = resolve;
    script.onerror = () => { script.remove(); reject(new Error("The voice library did not load. Reload the page.")); };
    document.head.append(script);
  });
}

export class Line {
  #tell;
  #device;
  #refreshing;
  #settling;
  #refreshedAt = 0;
  #stale = false;
  #call;

  constructor(tell) {
    this.#tell = tell;
    addEventListener("pageshow", ({ persisted }) => { if (persisted) this.#comeBack(); });
    addEventListener("online", () => { if (this.#stale) this.#refresh(); });
  }

  async open({ token, seconds }) {
    if (!globalThis.Twilio) await loadLibrary();
    this.#device = new Twilio.Device(token, {
      allowIncomingWhileBusy: true, // rung anew while an old call is still being missed: the new one is the line
      closeProtection: true,
      codecPreferences: ["opus", "pcmu"],
      enableImprovedSignalingErrorPrecision: true,
      maxCallSignalingTimeoutMs: KEEP_CALL_MS,
      tokenRefreshMs: (1 - REFRESH_AT) * seconds * 500, // the library's own word of it, should the timer here have slept
    });
    for (const sound of ["incoming", "outgoing", "disconnect"]) this.#device.audio[sound](false);
    this.#device.on("registering", () => this.#tell("registering", "Connecting to the telephone network."));
    this.#device.on("registered", () => this.#settled());
    this.#device.on("unregistered", () => this.#lost());
    this.#device.on("error", (error) => this.#trouble(error));
    this.#device.on("tokenWillExpire", () => this.#refresh());
    this.#device.on("incoming", (call) => this.#take(call));
    this.#refreshLater(seconds * REFRESH_AT * 1000);
    this.#register();
  }

  // A speaker that is gone by now is no trouble: the machine's own choice is left.
  async useSpeaker() {
    const { availableOutputDevices, speakerDevices } = this.#device?.audio ?? {};
    if (!speakerCanBeChosen || !availableOutputDevices) return;
    const id = [chosen("audiooutput"), "default"].find((wanted) => availableOutputDevices.has(wanted));
    if (id) await speakerDevices.set(id);
  }

  // Into a call that is up; none is held open between calls.
  async useMicrophone() {
    const { audio, isBusy } = this.#device ?? {};
    if (!isBusy) return;
    if (audio.availableInputDevices.has(chosen("audioinput"))) await audio.setInputDevice(chosen("audioinput"));
    else await audio.unsetInputDevice();
  }

  #register() {
    if (this.#device.state !== "unregistered") return;
    this.#device.register().catch((error) => this.#trouble(error));
  }

  #settled() {
    clearTimeout(this.#settling);
    if (!this.#device.isBusy) this.#tell("registered", "");
    else if (this.#call.status() !== "reconnecting") this.#tell("on_line", "");
  }

  #lost() {
    if (this.#device.isBusy) this.#tell("reconnecting", KEPT);
    else this.#tell("unregistered", "Not connected to the telephone network; connecting again.");
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#register(), SETTLE_MS);
  }

  #trouble(error) {
    this.#tell("error", words(error));
    if (WORDS[error.code] === KEY) this.#refreshLater(Math.max(0, this.#refreshedAt + RETRY_MS - Date.now()));
  }

  // One fetch at a time; one that failed is tried again until it succeeds.
  async #refresh() {
    clearTimeout(this.#refreshing);
    this.#refreshedAt = Date.now();
    try {
      const fresh = await fetchToken();
      if (!fresh) throw new Error("the server gives none any more");
      this.#refreshLater(fresh.seconds * REFRESH_AT * 1000);
      this.#device.updateToken(fresh.token);
      if (this.#stale && this.#device.state === "registered") this.#settled();
      this.#stale = false;
    } catch (error) {
      this.#stale = true;
      this.#tell("error", `No new token: ${error.message}. Calls still come for a while; it is fetched again by itself.`);
      this.#refreshLater(RETRY_MS);
    }
  }

  #refreshLater(ms) {
    clearTimeout(this.#refreshing);
    this.#refreshing = setTimeout(() => this.#refresh(), ms);
  }

  #comeBack() {
    if (!this.#device) return;
    if (this.#device.state === "destroyed") location.reload();
    else this.#lost();
  }

  #take(call) {
    this.#call = call;
    const fine = () => this.#tell("on_line", "");
    call.on("accept", () => { fine(); this.useMicrophone().catch((error) => this.#trouble(error)); this.useSpeaker().catch((error) => this.#trouble(error)); });
    call.on("reconnecting", () => this.#tell("reconnecting", KEPT));
    call.on("reconnected", fine);
    call.on("warning", (name) => {
      if (name === "constant-audio-input-level") this.#tell("error", "Your microphone sends no sound. Check your headset.");
      else if (WEAK.has(name)) this.#tell("reconnecting", "The connection is weak; you may not be heard well.");
    });
    call.on("warning-cleared", fine);
    call.on("error", (error) => this.#trouble(error));
    call.on("disconnect", () => this.#over());
    call.accept();
  }

  async #over() {
    await this.#device.audio.unsetInputDevice();
    if (this.#device.state === "registered" && !this.#device.isBusy) this.#tell("registered", "");
  }
}
