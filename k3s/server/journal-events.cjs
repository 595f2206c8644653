/**
 * The journal (journalctl --output json, on standard input) as requests of PutLogEvents, a stream a unit: FOLDER/<unit>/<n>.json.
 * Usage: node journal-events.cjs LOG-GROUP FOLDER SECRETS-FOLDER; what stands in a file of the last is masked, wherever it is.
 */
const { Buffer } = require('node:buffer');
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { createInterface } = require('node:readline');

/** Of one request: bytes with 26 for each event, events, and time between the first and the last. */
const MOST = { bytes: 1_000_000, events: 10_000, ms: 23 * 3_600_000 };
const OVERHEAD = 26;
const LONGEST = 200_000;
/** Each minute two lines of systemd, which say nothing. */
const OWN = 'smartscale-logs.service';

/** Null: nothing to send. */
function eventOf(line, mask) {
  const entry = JSON.parse(line);
  const ofSystemd = entry._SYSTEMD_UNIT === 'init.scope' || entry._PID === '1';
  const unit = (ofSystemd ? entry.UNIT : entry._SYSTEMD_UNIT) ?? 'others';
  const text = Array.isArray(entry.MESSAGE) ? Buffer.from(entry.MESSAGE).toString() : (entry.MESSAGE ?? '');
  if (text === '' || (ofSystemd && unit === OWN)) return null;
  const timestamp = Math.floor(Number(entry.__REALTIME_TIMESTAMP) / 1000);
  return { unit, event: { timestamp, message: mask(text).slice(0, LONGEST) } };
}

function masking(secrets) {
  // What is short would mask half of everything.
  const known = secrets.map((it) => it.trim()).filter((it) => it.length >= 16);
  return (text) =>
    known
      .reduce((all, secret) => all.replaceAll(secret, '***'), text)
      .replaceAll(/K10[0-9a-f]{64}::\S+/g, '***')
      .replaceAll(/(Bearer|Basic) [\w.+/=-]{16,}/g, '$1 ***');
}

/** `send(unit, events)` for every request. */
class Streams {
  #send;
  #open = new Map();

  constructor(send) {
    this.#send = send;
  }

  add({ unit, event }) {
    const bytes = Buffer.byteLength(event.message) + OVERHEAD;
    const before = this.#open.get(unit);
    const fits =
      before &&
      before.bytes + bytes <= MOST.bytes &&
      before.events.length < MOST.events &&
      // The clock may have been set back; a request has to be in order.
      event.timestamp >= before.events.at(-1).timestamp &&
      event.timestamp - before.events[0].timestamp < MOST.ms;
    if (before && !fits) this.#send(unit, before.events);
    const open = fits ? before : { bytes: 0, events: [] };
    open.bytes += bytes;
    open.events.push(event);
    this.#open.set(unit, open);
  }

  end() {
    for (const [unit, { events }] of this.#open) this.#send(unit, events);
    this.#open.clear();
  }
}

async function main([logGroupName, folder, secretsFolder]) {
  const mask = masking(readdirSync(secretsFolder).map((name) => readFileSync(join(secretsFolder, name), 'utf8')));
  let written = 0;
  const streams = new Streams((unit, logEvents) => {
    const request = { logGroupName, logStreamName: unit, logEvents };
    mkdirSync(join(folder, unit), { recursive: true });
    writeFileSync(join(folder, unit, `${String(++written).padStart(6, '0')}.json`), JSON.stringify(request));
  });
  for await (const line of createInterface({ input: process.stdin })) {
    const event = eventOf(line, mask);
    if (event) streams.add(event);
  }
  streams.end();
}

if (require.main === module) void main(process.argv.slice(2));

module.exports = { eventOf, masking, Streams };
