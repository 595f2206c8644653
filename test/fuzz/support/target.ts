import { ERRORS, type ErrorCode } from '../../../webhook/errors';
import { tokenOf } from '../../scenarios/support/configuration';
import { givenACluster, type Scene, type SceneOptions } from '../../scenarios/support/scene';
import { exchange, postOf, type Answer, type Sent } from '../../support/exchange';
import { secretsIn } from './secrets';

/** What would end as an escape sequence, a line or a reversed line on somebody's terminal. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;
/** A request head of 16 kB may be told of; nothing is told of a whole body. */
const LONGEST_LINE = 20_000;

const SHARED_BY_ALL = [Object, Array, String, Number, Function, Map, Promise, RegExp].map(
  (it) => it.prototype as object,
);
const UNPOLLUTED = SHARED_BY_ALL.map((it) => Reflect.ownKeys(it).length);

export class Target {
  private constructor(readonly scene: Scene) {}

  /** The whole service over HTTP: two clusters with two nodes each, and pools `workers` and `batch` in the first. */
  static async start(options: SceneOptions = {}): Promise<Target> {
    const scene = await givenACluster({ clusters: ['shop', 'bank'], pools: { batch: { min: 0 } }, ...options });
    await scene.passes('20s');
    const target = new Target(scene);
    target.checkLog();
    return target;
  }

  /** POSTs this body with the token of the cluster `shop`. */
  async post(path: string, body: string | Buffer, token = tokenOf('shop')): Promise<void> {
    const bytes = postOf(path, Buffer.from(body), [`Authorization: Bearer ${token}`]);
    await this.send({ pieces: [bytes], isWhole: true });
  }

  /** Sends these bytes and checks everything that holds whatever they are. */
  async send(sent: Sent): Promise<void> {
    try {
      const answer = await exchange(this.scene.replica.port, sent);
      if (answer) checkAnswer(answer);
      else if (sent.isWhole) throw new Error('it was not answered');
      this.checkLog();
      checkPrototypes();
    } catch (cause) {
      const text = JSON.stringify(Buffer.concat(sent.pieces).toString('latin1').slice(0, 3000));
      throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\nwhat was sent: ${text}`, { cause });
    }
  }

  async checkHealth(): Promise<void> {
    const { status, body } = await this.scene.replica.get('/healthz');
    expect([status, body['status']]).toEqual([200, 'ok']);
  }

  /** Calls that change EC2. */
  get launchesAndEnds(): number {
    const calls = [...this.scene.clusters.values()].flatMap(({ ec2 }) => ec2.requests);
    return calls.filter(({ action }) => !action.startsWith('Describe')).length;
  }

  /** Nodes that carry a mark of ours or a cordon. */
  get touchedNodes(): number {
    return [...this.scene.clusters.values()].flatMap((it) => [...it.markedNodes(), ...it.cordonedNodes()]).length;
  }

  /** What every line of the log must be; those that were checked are dropped. */
  private checkLog(): void {
    for (const line of this.scene.replica.lines.splice(0)) checkLine(line);
  }
}

function checkAnswer({ status, headers, body }: Answer): void {
  if (![200, 202, 400, 401, 404, 413].includes(status)) throw new Error(`answered ${status}: ${body}`);
  expect(headers.get('content-type')).toMatch(/^application\/json|^text\/plain; version=0\.0\.4/);
  if (status < 400 || body === null) return;
  const { error, message, advice } = JSON.parse(body) as { error: ErrorCode; message: string; advice: string };
  expect(ERRORS).toHaveProperty(error);
  expect([status, advice]).toEqual([ERRORS[error].status, ERRORS[error].advice]);
  if (message.length === 0 || message.length > 2000) throw new Error(`a message of ${message.length} characters`);
}

/** One line, one JSON object, of bounded length, nothing in it that a terminal obeys, and no secret. */
function checkLine(line: string): void {
  const text = line.slice(0, -1);
  if (!line.endsWith('\n') || HARMFUL.test(text))
    throw new Error(`harmful line: ${JSON.stringify(line.slice(0, 2000))}`);
  if (line.length > LONGEST_LINE) throw new Error(`a line of ${line.length} characters: ${line.slice(0, 300)}`);
  const record = JSON.parse(text) as Record<string, unknown>;
  if (secretsIn(text).length > 0) throw new Error(`a secret in the log: ${text}`);
  expect(['debug', 'info', 'warn']).toContain(record['level']);
  if (record['msg'] === 'forged') throw new Error(`a forged line: ${text}`);
}

function checkPrototypes(): void {
  for (const [i, prototype] of SHARED_BY_ALL.entries()) {
    const keys = Reflect.ownKeys(prototype);
    if (keys.length !== UNPOLLUTED[i]) throw new Error(`a prototype was polluted: ${String(keys.at(-1))}`);
  }
}
