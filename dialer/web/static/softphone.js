// The agent's telephone in the browser: registers with Twilio and takes her own line when it is rung. Where the
// server has no token to give (the sandbox has no sound), this does nothing.
const REFRESH_BEFORE_MS = 60_000;

const box = document.getElementById("softphone");
function say(text) {
  document.getElementById("softphone-says").textContent = text;
  box.hidden = !text;
}

async function fetchToken() {
  const answer = await fetch("/desk/voice-token");
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return (await answer.json()).token;
}

function loadLibrary() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/vendor/twilio.min.js";
    script.onload = resolve;
    script.onerror = () => reject(new Error("the voice library did not load"));
    document.head.append(script);
  });
}

async function askForMicrophone() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of stream.getTracks()) track.stop();
}

function take(call) {
  call.on("accept", () => say(""));
  call.on("reconnecting", () => say("The connection is weak; reconnecting."));
  call.on("reconnected", () => say(""));
  call.on("error", (error) => say(`Trouble on the line: ${error.message}`));
  call.accept();
}

async function start() {
  const token = await fetchToken();
  if (!token) return;
  await loadLibrary();
  await askForMicrophone();
  const device = new Twilio.Device(token, { tokenRefreshMs: REFRESH_BEFORE_MS, closeProtection: true });
  device.on("registering", () => say("Connecting to the telephone network."));
  device.on("registered", () => say(""));
  device.on("unregistered", () => say("Not connected to the telephone network. Reload the page."));
  device.on("error", (error) => say(`${error.message} (${error.code})`));
  device.on("tokenWillExpire", async () => device.updateToken(await fetchToken()));
  device.on("incoming", take);
  await device.register();
}

start().catch((error) => {
  say(error.name === "NotAllowedError" ? "This page may not use the microphone. Allow it and reload." : error.message);
});
