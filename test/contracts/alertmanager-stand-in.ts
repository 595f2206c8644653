/** A small HTTP server that answers as Alertmanager's API v2 does, for machines without the real one. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fingerprintOf } from '../fakes/fake-alertmanager';

type Labels = Readonly<Record<string, string>>;

interface StoredAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
}

interface StoredSilence {
  readonly id: string;
  readonly matchers: Labels;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
  state: 'active' | 'expired';
}

export class AlertmanagerStandIn {
  private readonly alerts = new Map<string, StoredAlert>();
  private readonly silences: StoredSilence[] = [];
  private server: Server | undefined;
  private port = 0;

  /** When its alerts were updated last, as Alertmanager writes times; absent: as in the recorded answers. */
  constructor(private readonly updatedAt: () => string = () => '2026-11-24T02:31:33.202481729Z') {}

  /** On the port it had before, if it was started once. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const body = this.answer(pathname, searchParams);
      response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  fire(alert: StoredAlert): void {
    this.alerts.set(fingerprintOf(alert.labels), alert);
  }

  resolve(labels: Labels): void {
    this.alerts.delete(fingerprintOf(labels));
  }

  silence(silence: Omit<StoredSilence, 'id' | 'state'>): string {
    const id = `00000000-0000-4000-8000-00000000000${this.silences.length}`;
    this.silences.push({ ...silence, id, state: 'active' });
    return id;
  }

  /** Stays in the list for days, as in the real one. */
  expireSilence(id: string): void {
    for (const silence of this.silences) if (silence.id === id) silence.state = 'expired';
  }

  private answer(path: string, query: URLSearchParams): unknown {
    if (path === '/api/v2/silences') return this.silences.map(toApiSilence);
    if (path !== '/api/v2/alerts') return null;
    const matches = matcher(query.get('filter') ?? '');
    return [...this.alerts.values()]
      .filter(({ labels }) => matches(labels))
      .map((alert) => this.toApiAlert(alert))
      .filter((alert) => shown(alert.status, query));
  }

  private toApiAlert({ labels, annotations = {} }: StoredAlert) {
    const silencedBy = this.silences.filter((each) => each.state === 'active' && carries(labels, each.matchers));
    const inhibitedBy = [...this.alerts.values()].filter(
      (each) => labels['scale'] === 'down' && each.labels['scale'] === 'up' && each.labels['pool'] === labels['pool'],
    );
    return {
      annotations,
      endsAt: '2035-11-24T02:36:33.202Z',
      fingerprint: fingerprintOf(labels),
      receivers: [{ name: 'smartscale' }],
      startsAt: '2026-11-24T02:31:33.202+08:00',
      status: {
        inhibitedBy: inhibitedBy.map((each) => fingerprintOf(each.labels)),
        silencedBy: silencedBy.map(({ id }) => id),
        state: silencedBy.length + inhibitedBy.length > 0 ? 'suppressed' : 'active',
      },
      updatedAt: this.updatedAt(),
      generatorURL: 'http://prometheus/graph',
      labels,
    };
  }
}

/** The two forms of matcher that the adapter sends; anything else finds nothing, so that a test notices. */
export function matcher(filter: string): (labels: Labels) => boolean {
  const [, name = '', operator, value] = /^(\w+)(=~|=)"(.*)"$/.exec(filter) ?? [];
  if (operator === '=') return (labels) => labels[name] === value;
  return (labels) => operator === '=~' && value === '.+' && (labels[name] ?? '') !== '';
}

function shown(status: { silencedBy: string[]; inhibitedBy: string[] }, query: URLSearchParams): boolean {
  if (query.get('silenced') === 'false' && status.silencedBy.length > 0) return false;
  return query.get('inhibited') !== 'false' || status.inhibitedBy.length === 0;
}

function carries(labels: Labels, matchers: Labels): boolean {
  return Object.entries(matchers).every(([name, value]) => labels[name] === value);
}

function toApiSilence({ id, matchers, endsAt, createdBy, comment, state }: StoredSilence) {
  return {
    id,
    status: { state },
    updatedAt: '2026-11-24T02:31:33.228Z',
    comment,
    createdBy,
    endsAt: new Date(endsAt).toISOString(),
    matchers: Object.entries(matchers).map(([name, value]) => ({ isEqual: true, isRegex: false, name, value })),
    startsAt: '2026-11-24T02:31:33.228Z',
  };
}
