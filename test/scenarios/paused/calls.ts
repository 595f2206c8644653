import type { Operation } from '../../../webhook/model/operation';
import type {
  Acceptance,
  AlertmanagerPort,
  Ec2Port,
  HistoryRow,
  KubernetesPort,
  StorePort,
} from '../../../webhook/ports';
import { changeOf } from '../../support/operation-change';
import type { Call } from '../support/mortal';

interface Ports {
  readonly store: StorePort;
  readonly alertmanager: AlertmanagerPort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
}

/** `acts`: on the world, which does not know whose time is over. `unused`: not by the service. */
type Nature = 'reads' | 'writes' | 'acts' | 'unused';

type Kinds = { readonly [P in keyof Ports]: Readonly<Record<keyof Ports[P], Nature>> };

/** Every call that the service can make: the compiler refuses a table that misses a method of a port. */
const KINDS: Kinds = {
  store: {
    ping: 'reads',
    readPool: 'reads',
    accept: 'writes',
    saveOperation: 'writes',
    closeOperation: 'writes',
    setPause: 'writes',
    putAttempt: 'writes',
    readAttempt: 'reads',
    putMark: 'writes',
    readMarks: 'reads',
    putConsole: 'writes',
    readConsole: 'unused',
    putJoined: 'writes',
    hasJoined: 'reads',
    appendHistory: 'writes',
    readHistory: 'unused',
    readCost: 'reads',
    putCost: 'writes',
    takeLease: 'writes',
  },
  alertmanager: { read: 'reads' },
  ec2: {
    listInstances: 'reads',
    describeInstances: 'reads',
    notices: 'reads',
    spotPrices: 'reads',
    consoleOutput: 'reads',
    createFleet: 'acts',
    terminate: 'acts',
  },
  kubernetes: {
    listNodes: 'reads',
    listPods: 'reads',
    listClaims: 'reads',
    listAttachments: 'reads',
    listBudgets: 'reads',
    markNode: 'acts',
    unmarkNode: 'acts',
    admitNode: 'acts',
    evict: 'acts',
    deletePod: 'acts',
    deleteNode: 'acts',
  },
};

const NATURES: ReadonlyMap<string, Nature> = new Map(
  Object.entries(KINDS).flatMap(([port, methods]) =>
    Object.entries(methods as Readonly<Record<string, Nature>>).map(
      ([method, nature]) => [`${port}.${method}`, nature] as const,
    ),
  ),
);

export const ALL_KINDS: readonly string[] = [...NATURES].flatMap(([kind, nature]) =>
  nature === 'unused' ? [] : [kind],
);

/** `store.saveOperation` of `store.saveOperation to joining`. */
export function kindOf(name: string): string {
  return name.split(' ')[0] ?? '';
}

/** Undefined for what is no call to the outside, such as a timer. */
export function natureOf(name: string): Nature | undefined {
  return NATURES.get(kindOf(name));
}

/** Names calls as the tables of the stories do: saves by what they change, rows by what they tell. */
export class Namer {
  private operation: Operation | null = null;

  nameOf({ port, method, args }: Call): string {
    const kind = `${port}.${method}`;
    if (method === 'accept') this.operation = (args[1] as Acceptance).operations[0] ?? null;
    if (method === 'saveOperation') return `${kind} ${this.change(args[1] as Operation)}`;
    if (method === 'appendHistory') return `${kind} of ${(args[1] as HistoryRow).kind}`;
    return kind;
  }

  private change(next: Operation): string {
    const before = this.operation;
    this.operation = next;
    return changeOf(before, next);
  }
}
