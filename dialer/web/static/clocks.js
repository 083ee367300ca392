// Clocks that run on the page: the server says what time it is, the browser only counts from there.
//   <time data-since="ISO">      counts up      <time data-until="ISO">  counts down, never below zero
//   <time data-zone="Area/City"> shows the time of day in that zone
// Against the sandbox a second here may be several there: `data-speed` of the meta element says how many.
const meta = document.querySelector('meta[name="now"]');
export const speed = Number(meta.dataset.speed);
let told = Date.parse(meta.content);
let at = Date.now();

export function setNow(iso) { told = Date.parse(iso); at = Date.now(); }
export const now = () => told + (Date.now() - at) * speed;

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

function show(element, text) { if (element.textContent !== text) element.textContent = text; }

function tick() {
  for (const element of document.querySelectorAll("[data-since]")) show(element, clock((now() - Date.parse(element.dataset.since)) / 1000));
  for (const element of document.querySelectorAll("[data-until]")) show(element, clock(Math.ceil((Date.parse(element.dataset.until) - now()) / 1000)));
  for (const element of document.querySelectorAll("progress[data-ends]")) element.value = Math.max(0, (Date.parse(element.dataset.ends) - now()) / 1000);
  for (const element of document.querySelectorAll("[data-zone]")) {
    show(element, new Date(now()).toLocaleTimeString("en-GB", { timeZone: element.dataset.zone, hour: "2-digit", minute: "2-digit" }));
  }
}

export function startClocks() {
  tick();
  setInterval(tick, 500);
}
