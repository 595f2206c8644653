import { nameOf, type Addresses } from './here';
import { basic, knock, type Answer, type Knock } from './knock';
import type { ServerStage } from './server-stage';

/** What a person on the server has: its files, and so every password and token. */
export class Doors {
  constructor(private readonly stage: ServerStage) {}

  /** As the file has it now. */
  secret(name: string): string {
    return this.stage.machine.sandbox.file(`/etc/smartscale/secrets/${name}`).trim();
  }

  /** Without a password, unless `how` has one. */
  knock(service: keyof Addresses, path: string, how: Knock = {}): Promise<Answer> {
    const ca = this.stage.machine.sandbox.file('/etc/smartscale/tls/authority.pem');
    return knock(`https://${this.stage.addresses[service]}${path}`, { ca, name: nameOf(service), ...how });
  }

  /** JSON that only those get who may. */
  async read(service: keyof Addresses, path: string): Promise<unknown> {
    const authorization =
      service === 'smartscale'
        ? `Bearer ${this.secret('operator-token')}`
        : basic('smartscale', this.secret('monitoring-password'));
    const { status, body } = await this.knock(service, path, { authorization });
    if (status !== 200) throw new Error(`${service} answered ${status}: ${body}`);
    return JSON.parse(body) as unknown;
  }

  /** What Prometheus makes of an expression: value by the label, or by nothing. */
  async query(expression: string, label = ''): Promise<Readonly<Record<string, number>>> {
    const answer = await this.read('prometheus', `/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = answer as {
      data: { result: readonly { metric: Record<string, string>; value: readonly [number, string] }[] };
    };
    return Object.fromEntries(data.result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]));
  }

  /** Of the program itself, as it says at its own door. */
  async metric(service: 'prometheus' | 'alertmanager', name: string): Promise<number> {
    const authorization = basic('smartscale', this.secret('monitoring-password'));
    const { body } = await this.knock(service, '/metrics', { authorization });
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
  }
}
