import { ApiError } from './api-error';

interface FlowControl {
  left: number;
  readonly of: RegExp;
  readonly retryAfterSeconds: number;
}

/** Annotation that the other writer sets, anew each time. */
export const TOUCHED = 'simulator/touched';

/** What goes wrong around an API server that works: other writers, admission webhooks, priority and fairness. */
export class ServerTroubles {
  /** While true no webhook answers that evictions have to pass. */
  evictionWebhookDown = false;
  private readonly touches = new Map<string, number>();
  private readonly flow: FlowControl[] = [];

  /** Before each of the next `times` patches of the node somebody else writes to it: a resourceVersion in them is stale. */
  touchNode(node: string, times = 1): void {
    this.touches.set(node, times);
  }

  /** The next `calls` whose "METHOD path" matches are turned away by flow control. */
  turnAway(calls: number, of = /^/, retryAfterSeconds = 1): void {
    this.flow.push({ left: calls, of, retryAfterSeconds });
  }

  /** Whether somebody is to write to the node now. */
  takeTouch(node: string): boolean {
    const left = this.touches.get(node) ?? 0;
    if (left > 1) this.touches.set(node, left - 1);
    else this.touches.delete(node);
    return left > 0;
  }

  /** Retry-After in seconds of a call that is turned away; null for one that may pass. */
  takeTurn(call: string): number | null {
    const found = this.flow.find(({ left, of }) => left > 0 && of.test(call));
    if (found === undefined) return null;
    found.left -= 1;
    return found.retryAfterSeconds;
  }

  /** Throws what a webhook with failurePolicy Fail makes of an eviction while nobody answers there. */
  admitEviction(): void {
    if (!this.evictionWebhookDown) return;
    const url = 'https://guard.default.svc:443/evictions?timeout=10s';
    const why = `failed calling webhook "evictions.guard.example": failed to call webhook: Post "${url}": dial tcp: connect: connection refused`;
    throw new ApiError({
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: ${why}`,
      details: { causes: [{ message: why }] },
    });
  }
}
