import { z } from 'zod';
import type { Entry } from './timeline';

const alerts = z.array(
  z.object({
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
);

type Alert = z.output<typeof alerts>[number];

/** Tells which scaling alerts began and ended at Alertmanager since the last look. */
export class AlertWatch {
  private firing = new Map<string, Alert>();

  constructor(private readonly alertmanagerUrl: string) {}

  /** Nothing new when Alertmanager does not answer: the end of the demo must not hang on it. */
  async look(): Promise<readonly Entry[]> {
    const now = await this.read().catch(() => null);
    if (now === null) return [];
    const before = this.firing;
    this.firing = new Map(now.map((alert) => [alert.fingerprint, alert]));
    const begun = now.filter(({ fingerprint }) => !before.has(fingerprint)).map(beginning);
    const ended = [...before.values()].filter(({ fingerprint }) => !this.firing.has(fingerprint)).map(ending);
    return [...begun, ...ended];
  }

  private async read(): Promise<readonly Alert[]> {
    const filter = encodeURIComponent('scale=~".+"');
    const answer = await fetch(`${this.alertmanagerUrl}/api/v2/alerts?filter=${filter}`, {
      signal: AbortSignal.timeout(2000),
    });
    return alerts.parse(await answer.json());
  }
}

function beginning({ labels, annotations }: Alert): Entry {
  const nodes = annotations['nodes'] === undefined ? 'one step' : `${annotations['nodes']} nodes in all`;
  return { kind: 'alert', text: `${labels['alertname']} fires, asks for ${nodes}: ${annotations['summary'] ?? ''}` };
}

function ending({ labels }: Alert): Entry {
  return { kind: 'alert', text: `${labels['alertname']} has ended` };
}
