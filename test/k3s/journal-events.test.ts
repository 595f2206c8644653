import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

interface Sending {
  readonly eventOf: (line: string, mask: (text: string) => string) => { unit: string; event: LogEvent } | null;
  readonly masking: (secrets: readonly string[]) => (text: string) => string;
  readonly Streams: new (send: (unit: string, events: readonly LogEvent[]) => void) => {
    add(event: { unit: string; event: LogEvent }): void;
    end(): void;
  };
}

// Plain JavaScript: the server runs it as it is.
const { eventOf, masking, Streams } = jest.requireActual<Sending>(join(REPOSITORY, 'k3s/server/journal-events.cjs'));

const plain = (text: string) => text;
const entry = (fields: object) =>
  JSON.stringify({ _SYSTEMD_UNIT: 'k3s.service', __REALTIME_TIMESTAMP: '1795682680123456', MESSAGE: 'x', ...fields });

test('a line is an event of its unit, in milliseconds', () => {
  expect(eventOf(entry({ MESSAGE: 'ready' }), plain)).toEqual({
    unit: 'k3s.service',
    event: { timestamp: 1_795_682_680_123, message: 'ready' },
  });
});

test('what systemd says of a unit is of that unit', () => {
  const said = { _SYSTEMD_UNIT: 'init.scope', UNIT: 'smartscale.service', MESSAGE: 'Started SmartScale webhook.' };
  expect(eventOf(entry(said), plain)?.unit).toBe('smartscale.service');
});

test('that this ran once more is sent to nobody, what stopped it is', () => {
  const own = 'smartscale-logs.service';
  expect(eventOf(entry({ _SYSTEMD_UNIT: 'init.scope', UNIT: own, MESSAGE: 'Finished.' }), plain)).toBeNull();
  expect(eventOf(entry({ _SYSTEMD_UNIT: own, MESSAGE: 'FAILED while ...' }), plain)?.unit).toBe(own);
});

test('bytes that are no text are made text, nothing is left out, too much is cut off', () => {
  expect(eventOf(entry({ MESSAGE: [104, 105, 255] }), plain)?.event.message).toMatch(/^hi/);
  expect(eventOf(entry({ MESSAGE: null }), plain)).toBeNull();
  expect(eventOf(entry({ MESSAGE: 'y'.repeat(300_000) }), plain)?.event.message).toHaveLength(200_000);
});

test('a secret of the server is masked wherever it stands, and so is every join token and what follows Bearer', () => {
  const mask = masking(['0123456789abcdef0123\n', 'short']);
  expect(mask('a short word, 0123456789abcdef0123?')).toBe('a short word, ***?');
  expect(mask(`token=K10${'b'.repeat(64)}::server:abc def`)).toBe('token=*** def');
  expect(mask('authorization: Bearer 0123456789abcdefgh')).toBe('authorization: Bearer ***');
});

describe('requests', () => {
  const requests = (events: readonly LogEvent[]) => {
    const sent: (readonly LogEvent[])[] = [];
    const streams = new Streams((_unit, all) => sent.push(all));
    for (const event of events) streams.add({ unit: 'k3s.service', event });
    streams.end();
    return sent;
  };
  const at = (timestamp: number, message = 'x') => ({ timestamp, message });

  test('have no more bytes than CloudWatch takes, 26 for each event included, and lose nothing', () => {
    const events = Array.from({ length: 30 }, (_, i) => at(i, 'ä'.repeat(50_000)));
    const sent = requests(events);
    for (const all of sent) {
      expect(all.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0)).toBeLessThanOrEqual(1_048_576);
    }
    expect(sent.flat()).toEqual(events);
  });

  test('have no more events, span no more than a day, and are in order though the clock was set back', () => {
    expect(requests(Array.from({ length: 20_001 }, () => at(1))).map((it) => it.length)).toEqual([10_000, 10_000, 1]);
    expect(requests([at(0), at(86_400_001)])).toHaveLength(2);
    expect(requests([at(5), at(3), at(4)])).toEqual([[at(5)], [at(3), at(4)]]);
  });

  test('are of one unit each', () => {
    const sent: string[] = [];
    const streams = new Streams((unit) => sent.push(unit));
    for (const unit of ['k3s.service', 'smartscale.service', 'k3s.service']) streams.add({ unit, event: at(1) });
    streams.end();
    expect(sent).toEqual(['k3s.service', 'smartscale.service']);
  });
});
