import type { HistoryRow } from '../../../webhook/ports';

/** What the history says of one scale-up. Times are epoch milliseconds. */
export interface Launch {
  readonly acceptedAt: number;
  readonly alert: string;
  readonly urgent: boolean;
  readonly topUp: boolean;
  /** Nodes asked for in all, and nodes that the decision saw. */
  readonly nodes: number | null;
  readonly have: number;
  readonly launched: number;
  readonly alertToLaunch: number | null;
  readonly launchToReady: readonly number[];
}

interface StoredScaleUp {
  readonly kind: string;
  readonly acceptedAt: number;
  readonly launchedAt?: number;
  readonly trigger: {
    alert: string;
    urgent: boolean;
    topUp: boolean;
    nodes: number | null;
    have: number;
    heardAt: number;
  };
  readonly instances: readonly { joinedAt?: number }[];
}

/** The scale-ups of a pool's history, oldest first. */
export function launchesOf(rows: readonly HistoryRow[]): readonly Launch[] {
  return rows
    .filter((row) => row.kind === 'operation' && row.data['kind'] === 'scale-up')
    .map((row) => launchOf(row.data as unknown as StoredScaleUp))
    .sort((a, b) => a.acceptedAt - b.acceptedAt);
}

function launchOf({ acceptedAt, launchedAt, trigger, instances }: StoredScaleUp): Launch {
  const { alert, urgent, topUp, nodes, have, heardAt } = trigger;
  const joins = instances.flatMap(({ joinedAt }) =>
    joinedAt === undefined || launchedAt === undefined ? [] : [joinedAt - launchedAt],
  );
  return {
    acceptedAt,
    alert,
    urgent,
    topUp,
    nodes,
    have,
    launched: instances.length,
    alertToLaunch: launchedAt === undefined ? null : launchedAt - heardAt,
    launchToReady: joins,
  };
}
