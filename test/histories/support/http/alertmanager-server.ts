import { startLoopbackServer, type LoopbackServer } from '../../../../simulator/loopback-server';
import type { ApiAlert, Silence } from '../../../../webhook/model/alert';
import { matcher } from '../../../contracts/alertmanager-stand-in';
import type { FakeAlertmanagerMember } from '../../../fakes/fake-alertmanager';

/** One Alertmanager behind HTTP, with what API v2 says of its alerts and silences. */
export function serveAlertmanager(member: FakeAlertmanagerMember): Promise<LoopbackServer> {
  return startLoopbackServer((request, response) => {
    const answer = member.read();
    if (!answer.ok) return void request.socket.destroy();
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const matches = matcher(searchParams.get('filter') ?? '');
    const bodies: Readonly<Record<string, unknown>> = {
      '/api/v2/alerts': answer.level.alerts.filter(({ labels }) => matches(labels)).map(alertBody),
      '/api/v2/silences': answer.level.silences.map(silenceBody),
    };
    const body = bodies[pathname];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
}

function alertBody({ receivers, silencedBy, inhibitedBy, startsAt, updatedAt, endsAt, ...alert }: ApiAlert) {
  const state = silencedBy.length + inhibitedBy.length > 0 ? 'suppressed' : 'active';
  return {
    ...alert,
    ...{ startsAt: iso(startsAt), updatedAt: iso(updatedAt), endsAt: iso(endsAt) },
    receivers: receivers.map((name) => ({ name })),
    status: { state, silencedBy, inhibitedBy },
    generatorURL: 'http://prometheus/graph',
  };
}

function silenceBody({ endsAt, ...silence }: Silence) {
  const long = { startsAt: iso(0), updatedAt: iso(0), endsAt: iso(endsAt) };
  return { ...silence, ...long, status: { state: 'active' }, matchers: [] };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
