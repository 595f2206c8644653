import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAlertmanagerAdapter } from '../../../webhook/adapters/alertmanager/alertmanager-adapter';
import { eventually } from '../../end-to-end/support/eventually';
import type { Answer } from '../scripted-server';
import { CERTIFICATE_FILE, ScriptedServer } from '../scripted-server';

const ok = (body: unknown): Answer => ({ status: 200, body });
/** Answers of a real Alertmanager 0.25: one alert active, one silenced, one inhibited. */
const recorded = (name: 'alerts' | 'watchdog' | 'silences') =>
  JSON.parse(readFileSync(join(__dirname, `../../fixtures/alertmanager-adapter/${name}.json`), 'utf8')) as object[];

const SCALING = 'filter=scale=~".+"';
const WATCHDOG = 'filter=alertname="Watchdog"';

let server: ScriptedServer;
let folder: string;

beforeEach(async () => {
  server = await ScriptedServer.start();
  folder = await mkdtemp(join(tmpdir(), 'alertmanager-adapter-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const asked = () => server.asked.map(({ url }) => url).sort();
const faultOf = async (url = server.url, timeoutMs?: number) => {
  const [answer] = await makeAlertmanagerAdapter({ urls: [url] }, timeoutMs).read();
  return answer?.ok === false ? answer.fault : answer;
};
const answersNothing = (target = server) => target.alwaysAnswers('/api/v2/alerts', ok([]));

describe('what a real Alertmanager answered', () => {
  beforeEach(() => {
    server
      .alwaysAnswers(SCALING, ok(recorded('alerts')))
      .alwaysAnswers(WATCHDOG, ok(recorded('watchdog')))
      .alwaysAnswers('/api/v2/silences', ok(recorded('silences')));
  });

  it('is read in our words', async () => {
    const [answer] = await makeAlertmanagerAdapter({ urls: [server.url] }).read();
    if (answer?.ok !== true) throw new Error('no level');
    const at = Date.parse('2026-11-24T02:31:33.202Z');
    const silence = '1cd07f2e-1c0d-4e98-85c5-9e65a8025842';
    expect(
      answer.level.alerts.map((alert) => [alert.labels['alertname'], alert.silencedBy, alert.inhibitedBy]),
    ).toEqual([
      ['HighMemory', [silence], []],
      ['HighCpu', [], []],
      ['Idle', [], ['81c7e8c106f04ce7']],
      ['Watchdog', [], []],
    ]);
    expect(answer.level.alerts[1]).toEqual({
      fingerprint: '81c7e8c106f04ce7',
      labels: { alertname: 'HighCpu', cluster: 'c', pool: 'workers', scale: 'up' },
      annotations: { nodes: '3' },
      startsAt: at,
      updatedAt: at,
      endsAt: at + 300_000,
      receivers: ['none'],
      silencedBy: [],
      inhibitedBy: [],
    });
    expect(answer.level.silences).toEqual([
      { id: silence, endsAt: Date.parse('2036-01-01T00:00:00Z'), createdBy: 'ops', comment: 'nightly work' },
    ]);
  });

  it('was asked for in any state, and for silences because one applies', async () => {
    await makeAlertmanagerAdapter({ urls: [`${server.url}/`] }).read();
    const states = '&active=true&silenced=true&inhibited=true&unprocessed=false';
    expect(asked()).toEqual([
      `/api/v2/alerts?${WATCHDOG}${states}`,
      `/api/v2/alerts?${SCALING}${states}`,
      '/api/v2/silences',
    ]);
  });
});

describe('asking', () => {
  it('leaves the silences out when nothing is silenced', async () => {
    answersNothing();
    await makeAlertmanagerAdapter({ urls: [server.url] }).read();
    expect(asked()).toHaveLength(2);
  });

  it('keeps the path prefix of a URL', async () => {
    answersNothing();
    await makeAlertmanagerAdapter({ urls: [`${server.url}/monitoring/alertmanager`] }).read();
    expect(asked()[0]).toMatch(/^\/monitoring\/alertmanager\/api\/v2\/alerts\?/);
  });

  it('lists an alert once that answers both questions', async () => {
    const both = recorded('watchdog').map((alert) => ({ ...alert, labels: { alertname: 'Watchdog', scale: 'up' } }));
    server.alwaysAnswers('/api/v2/alerts', ok(both));
    const [answer] = await makeAlertmanagerAdapter({ urls: [server.url] }).read();
    expect(answer).toMatchObject({ ok: true, level: { alerts: [{ labels: { scale: 'up' } }] } });
  });

  it.each(['alertmanager:9093', 'alertmanager', ''])('refuses the URL "%s" at once', (url) => {
    expect(() => makeAlertmanagerAdapter({ urls: [url] })).toThrow(/URL/);
  });
});

describe('several Alertmanagers', () => {
  it('are read side by side, each answer in its place', async () => {
    const slow = await ScriptedServer.start();
    try {
      answersNothing();
      slow.alwaysAnswers('', 'hang');
      const adapter = makeAlertmanagerAdapter({ urls: [slow.url, server.url, 'http://127.0.0.1:1'] }, 60_000);
      const reading = adapter.read();
      // While the first still has a minute.
      await eventually('the second is asked', () => slow.asked.length > 0 && server.asked.length > 0, { every: 5 });
      await slow.stop();
      const answers = await reading;
      expect(answers.map(({ ok }) => ok)).toEqual([false, true, false]);
      expect(answers[0]).toMatchObject({ fault: { message: expect.stringMatching(/hang up|ECONNRESET/) as string } });
      expect(answers[2]).toMatchObject({ fault: { message: expect.stringContaining('ECONNREFUSED') as string } });
    } finally {
      await slow.stop();
    }
  });
});

describe('an answer that is none', () => {
  const good = recorded('watchdog')[0] ?? {};

  it.each([
    ['a server error', { status: 500, body: 'upstream is away' }, 'HTTP 500 upstream is away'],
    ['no such path', { status: 404, body: '' }, 'HTTP 404'],
    ['no rights', { status: 401, body: 'Unauthorized\n' }, 'HTTP 401 Unauthorized'],
    ['a redirect', { status: 302, headers: { location: '/login' }, body: '' }, 'HTTP 302'],
    ['a login page', { status: 200, body: '<html>\n  log in</html>' }, 'the answer is no JSON: <html> log in</html>'],
    ['an object', ok({ status: 'success' }), /not that of API v2: .*expected array/],
    ['null', ok(null), /not that of API v2: .*expected array/],
    ['an alert without fingerprint', ok([{ ...good, fingerprint: undefined }]), /API v2: 0\.fingerprint /],
    ['an alert without status', ok([good, { ...good, status: undefined }]), /API v2: 1\.status /],
    ['a time that is none', ok([{ ...good, updatedAt: 'yesterday' }]), /API v2: 0\.updatedAt /],
    ['a label that is a number', ok([{ ...good, labels: { pool: 1 } }]), /API v2: 0\.labels\.pool /],
    ['a cut connection', 'reset' as const, /hang up|ECONNRESET/],
  ])('(%s) is a fault that says so', async (_what, answer: Answer, words) => {
    server.alwaysAnswers('', answer);
    expect(await faultOf()).toEqual({
      code: 'alertmanager-unreachable',
      retryable: true,
      message: typeof words === 'string' ? `${server.url}/: ${words}` : (expect.stringMatching(words) as string),
    });
  });

  it.each(['hang', 'stall'] as const)('(%s) is given up at the time limit', async (way) => {
    server.alwaysAnswers('', way);
    expect(await faultOf(server.url, 80)).toMatchObject({ message: `${server.url}/: no answer within 80 ms` });
  });

  it('to one of the three questions spoils the whole reading: half a level is none', async () => {
    server.alwaysAnswers(SCALING, ok(recorded('alerts'))).alwaysAnswers(WATCHDOG, ok([]));
    server.alwaysAnswers('/api/v2/silences', { status: 503, body: '' });
    expect(await faultOf()).toMatchObject({ message: `${server.url}/: HTTP 503` });
  });

  it('shows neither user nor password of the URL, and has sent them', async () => {
    server.alwaysAnswers('', { status: 500, body: '' });
    const fault = await faultOf(server.url.replace('//', '//ops:secret@'));
    expect(fault).toMatchObject({ message: `${server.url}/: HTTP 500` });
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa('ops:secret')}`);
  });
});

describe('credentials', () => {
  const authorizations = () => [...new Set(server.asked.map(({ headers }) => headers.authorization))];

  it.each([
    ['Bearer', 'Bearer first', 'Bearer second'],
    ['Basic', `Basic ${btoa('first')}`, `Basic ${btoa('second')}`],
  ] as const)('(%s) are those of the file at that moment', async (scheme, first, second) => {
    answersNothing();
    const file = join(folder, 'credentials');
    const adapter = makeAlertmanagerAdapter({ urls: [server.url], authorization: { scheme, file } });
    await writeFile(file, 'first\n');
    await adapter.read();
    await writeFile(file, 'second');
    await adapter.read();
    expect(authorizations()).toEqual([first, second]);
  });

  it('that cannot be read are a fault, and nobody is asked without them', async () => {
    answersNothing();
    const file = join(folder, 'none');
    const adapter = makeAlertmanagerAdapter({ urls: [server.url], authorization: { scheme: 'Bearer', file } });
    expect(await adapter.read()).toMatchObject([{ ok: false, fault: { code: 'alertmanager-unreachable' } }]);
    expect(server.asked).toEqual([]);
  });
});

describe('over TLS', () => {
  it('an Alertmanager is believed that the given authority vouches for, and no other', async () => {
    const secure = await ScriptedServer.start('https');
    try {
      answersNothing(secure);
      const trusting = makeAlertmanagerAdapter({ urls: [secure.url], caFile: CERTIFICATE_FILE });
      expect(await trusting.read()).toMatchObject([{ ok: true }]);
      expect(await faultOf(secure.url)).toMatchObject({
        message: expect.stringContaining('self-signed certificate') as string,
      });
    } finally {
      await secure.stop();
    }
  });
});
