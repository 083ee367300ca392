// Drives a sandbox with Twilio's library for Node and prints what it saw. client.py does the same, step by step,
// with the library for Python.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [packages, url, queueUrl, customerUrl, sid, token] = process.argv.slice(2);
const twilio = createRequire(`${packages}/`)("twilio");
const [OURS, OTHER, PERSON, SILENT, BOUGHT] =
  ["+15005550006", "+13125550100", "+13125550142", "+13125550143", "+13125550180"];
const HOLD = "<Response><Pause length='900000'/></Response>";
const PATIENCE_MS = 10_000;

function clientOf(baseUrl, password = token) {
  const client = twilio(sid, password);
  client.api.baseUrl = baseUrl;
  return client;
}

async function until(probe) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`it did not happen in time: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

const inProgress = (call) => until(async () => (await call.fetch()).status === "in-progress");

async function calls(client) {
  const created = await client.calls.create({
    to: PERSON,
    from: OURS,
    url: `${customerUrl}/answer`,
    statusCallback: `${customerUrl}/status`,
    statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
  });
  const call = client.calls(created.sid);
  await inProgress(call);
  const replaced = await call.update({ twiml: HOLD });
  const redirected = await call.update({ url: `${customerUrl}/goodbye` });
  const ended = await until(async () => {
    const fetched = await call.fetch();
    return fetched.status === "completed" && fetched;
  });
  return {
    created: [created.status, created.direction, created.to, created.from, created.startTime],
    updated: [replaced.status, redirected.status],
    ended: [ended.status, ended.startTime < ended.endTime, Number(ended.duration) >= 0, ended.priceUnit],
    too_late: (await refusal(call.update({ twiml: HOLD }))).code,
    removed: await call.remove(),
    gone: (await refusal(call.fetch())).code,
  };
}

async function queue(client) {
  await client.calls.create({ to: SILENT, from: OURS, twiml: HOLD });
  const waiting = await client.calls.create({ to: SILENT, from: OURS, twiml: HOLD });
  const canceled = await client.calls(waiting.sid).update({ status: "canceled" });
  return [waiting.status, Number(waiting.queueTime) > 0, canceled.status, canceled.startTime];
}

async function lists(client) {
  const newest = [];
  for (let placed = 0; placed < 5; placed += 1) {
    const call = await client.calls.create({ to: SILENT, from: OTHER, twiml: HOLD, timeout: 600 });
    newest.unshift(call.sid);
  }
  const last = await until(async () => {
    const call = await client.calls(newest[0]).fetch();
    return call.status === "ringing" && call;
  });
  const walked = [];
  await client.calls.each({ to: SILENT, pageSize: 2 }, (call) => walked.push(call.sid));
  const first = await client.calls.page({ to: SILENT, pageSize: 2 });
  const second = await first.nextPage();
  const back = await second.previousPage();
  const sids = async (filter) => (await client.calls.list(filter)).map((call) => call.sid);
  const same = (found, wanted) => JSON.stringify(found) === JSON.stringify(wanted);
  const long = new Date("2000-01-01T00:00:00Z");
  return {
    walked: same(walked, newest),
    limited: same(await sids({ limit: 3, pageSize: 2 }), newest.slice(0, 3)),
    second_page: same(second.instances.map((call) => call.sid), newest.slice(2, 4)),
    and_back: same(back.instances.map((call) => call.sid), newest.slice(0, 2)),
    from: same(await sids({ from: OTHER }), newest),
    status: (await sids({ status: "ringing" })).includes(newest[0]),
    other_status: await sids({ status: "busy" }),
    other_number: await sids({ to: PERSON, from: OTHER }),
    on_day: (await sids({ to: SILENT, startTime: last.startTime })).includes(newest[0]),
    since: (await sids({ to: SILENT, startTimeAfter: last.startTime })).includes(newest[0]),
    until_long_ago: await sids({ to: SILENT, startTimeBefore: long }),
    unknown_status: (await refusal(client.calls.list({ status: "dreaming" }))).code,
  };
}

async function conferences(client) {
  const invited = client.conferences("hall").participants;
  const agent = await invited.create({ to: "client:eve", from: OURS, label: "agent", endConferenceOnExit: true });
  const person = await invited.create({ to: PERSON, from: OURS, earlyMedia: false });
  const room = client.conferences(agent.conferenceSid);
  await until(async () => {
    const here = await room.participants.list({ pageSize: 1 });
    return here.length === 2 && here.every((participant) => participant.status === "connected");
  });
  const muted = await room.participants("agent").update({ muted: true });
  const held = await room.participants(person.callSid).update({ hold: true });
  const started = await room.fetch();
  const named = await client.conferences.list({ friendlyName: "hall", status: "in-progress" });
  const removed = await room.participants(person.callSid).remove();
  const completed = await room.update({ status: "completed" });
  return {
    invited: [agent.status, agent.label, agent.endConferenceOnExit, person.label],
    updated: [muted.muted, muted.hold, held.hold],
    started: [started.status, started.friendlyName, started.reasonConferenceEnded],
    named: named.map((conference) => conference.sid === agent.conferenceSid),
    elsewhere: await client.conferences.list({ friendlyName: "cellar" }),
    removed,
    completed: [completed.status, completed.reasonConferenceEnded],
    left: await room.participants.list(),
    gone: (await refusal(room.participants("agent").fetch())).code,
  };
}

async function recordings(client) {
  const call = client.calls((await client.calls.create({ to: PERSON, from: OURS, twiml: HOLD })).sid);
  await inProgress(call);
  const created = await call.recordings.create({ recordingChannels: "dual" });
  const paused = await call.recordings("Twilio.CURRENT").update({ status: "paused", pauseBehavior: "skip" });
  const resumed = await call.recordings(created.sid).update({ status: "in-progress" });
  const early = await refusal(client.recordings(created.sid).remove());
  await call.recordings(created.sid).update({ status: "stopped" });
  const ready = await until(async () => {
    const recording = await client.recordings(created.sid).fetch();
    return recording.status === "completed" && recording;
  });
  const listed = await client.recordings.list({ callSid: created.callSid });
  const ofCall = await call.recordings.list();
  const completed = await call.update({ status: "completed" });
  return {
    created: [created.status, created.channels, created.source],
    updated: [paused.status, resumed.status],
    early: early.code,
    ready: [ready.status, Number(ready.duration) >= 0, ready.mediaUrl.endsWith(`/Recordings/${created.sid}`)],
    listed: [listed.length, ofCall.length],
    call_completed: completed.status,
    removed: await client.recordings(created.sid).remove(),
    gone: (await refusal(client.recordings(created.sid).fetch())).code,
  };
}

async function numbers(client) {
  const [owned] = await client.incomingPhoneNumbers.list({ phoneNumber: OURS });
  const number = client.incomingPhoneNumbers(owned.sid);
  const updated = await number.update({ voiceUrl: `${customerUrl}/inbound`, friendlyName: "Front desk" });
  const fetched = await number.fetch();
  const bought = await client.incomingPhoneNumbers.create({ phoneNumber: BOUGHT });
  const released = await client.incomingPhoneNumbers(bought.sid).remove();
  return {
    owned: [owned.phoneNumber, owned.capabilities.voice],
    updated: [updated.friendlyName, updated.voiceUrl === `${customerUrl}/inbound`, updated.voiceMethod],
    fetched: fetched.friendlyName,
    bought: bought.phoneNumber,
    released,
    left: (await client.incomingPhoneNumbers.list({ phoneNumber: BOUGHT })).length,
  };
}

async function refusals(client) {
  const refused = [
    await refusal(client.calls.create({ to: "+15005550001", from: OURS, twiml: HOLD })),
    await refusal(client.calls(`CA${"9".repeat(32)}`).fetch()),
    await refusal(clientOf(url, "wrong").calls(`CA${"9".repeat(32)}`).fetch()),
  ];
  return {
    refusals: refused.map(({ status, code, message }) => [status, code, message]),
    more_info: refused.map((error) => error.moreInfo),
  };
}

async function signatures(client) {
  const valid = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const fields = Object.fromEntries(new URLSearchParams(body));
    const asked = `http://${request.headers.host}${request.url}`;
    const signed = (given) => twilio.validateRequest(token, request.headers["x-twilio-signature"], asked, given);
    valid.push([signed(fields), signed({ ...fields, CallStatus: "answered" })]);
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const statusCallback = `http://127.0.0.1:${server.address().port}/status?attempt=7&name=a%20b`;
  await client.calls.create({ to: PERSON, from: OURS, twiml: "<Response/>", statusCallback });
  await until(() => valid.length);
  server.close();
  server.closeAllConnections();
  return valid[0];
}

const client = clientOf(url);
console.log(JSON.stringify({
  calls: await calls(client),
  queue: await queue(clientOf(queueUrl)),
  lists: await lists(client),
  conferences: await conferences(client),
  recordings: await recordings(client),
  numbers: await numbers(client),
  ...await refusals(client),
  signatures: await signatures(client),
}));
