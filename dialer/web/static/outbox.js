// Answers and notes on their way to the server. Kept in this browser until the server says that it has them,
// so that a dropped network, a reload or a crash loses nothing. A newer value takes the place of an unsent older one.
import { post, words } from "./frame.js";

const KEY = "desk-unsent";
const FINAL = [404, 409, 422];
let sending = false;
let failures = 0;
let told = () => {};

const read = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");
const write = (items) => localStorage.setItem(KEY, JSON.stringify(items));
const same = (one, other) => one.url === other.url && one.fields.attempt_id === other.fields.attempt_id && one.fields.key === other.fields.key;

export function watch(callback) { told = callback; }

export function send(url, fields) {
  const item = { url, fields, id: crypto.getRandomValues(new Uint32Array(1))[0] };
  write([...read().filter((waiting) => !same(waiting, item)), item]);
  flush();
}

async function deliver(item) {
  try {
    const answer = await post(item.url, item.fields);
    return { done: answer.ok || FINAL.includes(answer.status), refused: answer.ok ? null : words(answer.headers.get("X-Message")) ?? "It was not stored." };
  } catch {
    return { done: false };
  }
}

export async function flush() {
  if (sending) return;
  sending = true;
  for (let item; (item = read()[0]); ) {
    const { done, refused } = await deliver(item);
    if (!done) {
      failures += 1;
      setTimeout(flush, Math.min(10_000, 500 * 2 ** failures));
      break;
    }
    failures = 0;
    write(read().filter((waiting) => waiting.id !== item.id));
    told({ unsent: 0, item, refused });
  }
  sending = false;
  if (failures) told({ unsent: read().length });
}

addEventListener("online", flush);
