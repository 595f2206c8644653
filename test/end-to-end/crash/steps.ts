/** Which requests change something, in words. */
import type { Operation } from '../../../webhook/model/operation';
import { changeOf } from '../../support/operation-change';
import type { Passage } from './toll-gate';

export type Server = 'store' | 'EC2' | 'Kubernetes';

type Value = { readonly [Type in 'S' | 'N' | 'BOOL' | 'NULL' | 'M' | 'L']?: unknown };
type Fields = Readonly<Record<string, Value>>;

interface StoreRequest {
  readonly Key?: Fields;
  readonly Item?: Fields;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Fields;
}

/** Names requests; remembers the operation as saved last, to tell what the next save changes. */
export class StepNamer {
  private operation: Operation | null = null;

  /** Null when nothing is changed. */
  nameOf(server: Server, passage: Passage): string | null {
    const name = { store: storeStep, EC2: ec2Step, Kubernetes: kubernetesStep }[server](passage);
    if (name === JOINED) return this.isAwaited(passage) ? JOINED : REMEMBERED;
    if (name !== SAVE && name !== ACCEPT) return name;
    const before = this.operation;
    this.operation = operationIn(passage) ?? before;
    return name === SAVE && this.operation ? `${SAVE} ${changeOf(before, this.operation)}` : name;
  }

  /** Of the operation, and not one of the nodes that the sweep sees. */
  private isAwaited({ body }: Passage): boolean {
    const id = String((JSON.parse(body) as StoreRequest).Item?.['sk']?.S).split('#')[1];
    return this.operation?.kind === 'scale-up' && this.operation.instances.some((instance) => instance.id === id);
  }
}

const SAVE = 'save';
const ACCEPT = 'accept';
const JOINED = 'joined';
const REMEMBERED = 'remembered';

const ROWS: Readonly<Record<string, string>> = { pool: ACCEPT, lease: 'lease', attempt: 'attempt', joined: JOINED };

function storeStep(passage: Passage): string | null {
  const action = String(passage.headers['x-amz-target']).split('.').at(-1);
  const body = JSON.parse(passage.body) as StoreRequest;
  if (action === 'PutItem') {
    const [row = ''] = String(body.Item?.['sk']?.S).split('#');
    return row === 'history' ? `row of ${String(body.Item?.['kind']?.S)}` : (ROWS[row] ?? `row ${row}`);
  }
  return action === 'UpdateItem' ? updateOf(body) : null;
}

/** Of the pool item: acceptances and closings raise its version, closings take an operation out. */
function updateOf({ UpdateExpression = '', ExpressionAttributeNames = {} }: StoreRequest): string {
  if (!Object.values(ExpressionAttributeNames).includes('version')) return SAVE;
  return /REMOVE #\d+\.#\d+/.test(UpdateExpression) ? 'close' : ACCEPT;
}

function ec2Step({ body, headers }: Passage): string | null {
  const params = new URLSearchParams(body);
  const action = params.get('Action') ?? '';
  const onlyAsks = action.startsWith('Describe') || params.get('DryRun') === 'true' || 'x-amz-target' in headers;
  return onlyAsks ? null : action;
}

function kubernetesStep({ method, path, body }: Passage): string | null {
  // Nothing waits for events, and nothing rests on them.
  if (method === 'GET' || /\/events(\/|$)/.test(path)) return null;
  if (path.endsWith('/eviction')) return 'evict';
  if (method === 'DELETE') return path.includes('/pods/') ? 'delete pod' : 'delete node';
  const { spec } = JSON.parse(body) as { readonly spec?: { readonly unschedulable?: boolean | null } };
  return spec?.unschedulable === true ? 'mark node' : 'unmark node';
}

/** The operation that a write of the pool item carries; none when it only takes back. */
function operationIn({ body }: Passage): Operation | null {
  const { ExpressionAttributeValues = {}, Item } = JSON.parse(body) as StoreRequest;
  const first = (Item?.['operations']?.M ?? {}) as Fields;
  const [found] = Object.values({ ...first, ...ExpressionAttributeValues }).filter(({ M }) => M !== undefined);
  return found ? (plain(found) as Operation) : null;
}

function plain({ S, N, BOOL, M, L }: Value): unknown {
  if (M !== undefined) {
    return Object.fromEntries(Object.entries(M as Fields).map(([name, value]) => [name, plain(value)]));
  }
  if (L !== undefined) return (L as readonly Value[]).map(plain);
  return S ?? (N === undefined ? (BOOL ?? null) : Number(N));
}
