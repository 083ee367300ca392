// Microphone and speaker: may this page listen, which ones are chosen, does anything arrive, is anything heard.
const CHOSEN = { audioinput: "headset-microphone", audiooutput: "headset-speaker" };
const LOUD = 0.25;

export const chosen = (kind) => localStorage.getItem(CHOSEN[kind]) ?? "";
export const choose = (kind, id) => localStorage.setItem(CHOSEN[kind], id);
export const speakerCanBeChosen = "setSinkId" in HTMLMediaElement.prototype;

// The chosen microphone; the machine's own choice when that one is gone.
export async function openMicrophone() {
  if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
  const id = chosen("audioinput");
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: id ? { deviceId: { exact: id } } : true });
  } catch (error) {
    if (!id || error.name !== "OverconstrainedError") throw error;
    choose("audioinput", "");
    return navigator.mediaDevices.getUserMedia({ audio: true });
  }
}

export function close(stream) {
  for (const track of stream.getTracks()) track.stop();
}

const WORDS = {
  NotAllowedError: "This page may not use the microphone. Allow it beside the address, then check again.",
  NotFoundError: "There is no microphone. Plug in your headset, then check again.",
  NotReadableError: "Another program holds the microphone. Close it, then check again.",
  SecurityError: "Browsers give no microphone to a page without https. Open this page by its https address.",
};
export const explain = (error) => WORDS[error.name] ?? `The microphone does not open: ${error.message || error.name}`;

// Calls back with the loudness from 0 to 1 until the function that it returns is called.
export function listen(stream, heard) {
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  audio.createMediaStreamSource(stream).connect(analyser);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    heard(Math.min(1, Math.sqrt(power) / LOUD));
  }, 80);
  return () => { clearInterval(timer); audio.close(); };
}

export async function devices(kind) {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kind && device.deviceId !== "default" && device.deviceId);
}

export async function playTone() {
  const audio = new AudioContext();
  if (audio.setSinkId) await audio.setSinkId(chosen("audiooutput"));
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = 440;
  volume.gain.value = 0.2;
  tone.connect(volume).connect(audio.destination);
  tone.onended = () => audio.close();
  tone.start();
  tone.stop(audio.currentTime + 0.6);
}
