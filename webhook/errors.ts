/**
 * The catalogue of everything that can go wrong, in the words of the caller's next step.
 * Adapters translate foreign errors into these codes; nothing else in the service knows AWS, Kubernetes or HTTP names.
 */
export const ERRORS = {
  'bad-json': {
    status: 400,
    retryable: false,
    advice: 'Send the JSON that Alertmanager sends; check proxies in between.',
  },
  'bad-http': {
    status: 400,
    retryable: false,
    advice: 'Send HTTP/1.1 without TLS to this port, with headers under 16 kB; check proxies in between.',
  },
  'bad-payload': {
    status: 400,
    retryable: false,
    advice:
      'Only Alertmanager webhook payloads of version "4" are understood; compare the receiver with k3s/alertmanager/alertmanager.yml.',
  },
  'body-too-large': {
    status: 413,
    retryable: false,
    advice: "Set group_by: ['...'] in the route, so that each post carries one alert.",
  },
  'bad-request': { status: 400, retryable: false, advice: 'Correct the named field and send the request again.' },
  unauthorized: {
    status: 401,
    retryable: false,
    advice:
      'Send "Authorization: Bearer <token>" with one of the tokens that the configuration names for this cluster.',
  },
  'not-found': { status: 404, retryable: false, advice: 'See the list of routes in the README.' },
  'store-unreachable': {
    status: 503,
    retryable: true,
    advice:
      'Check that the DynamoDB table exists, that its endpoint answers and that the role may read and update items.',
  },
  'store-table-missing': {
    status: 503,
    retryable: true,
    advice: 'Deploy the table (cdktf deploy) or set store.table to the one that exists.',
  },
  'store-table-unusable': {
    status: 200,
    retryable: false,
    advice: 'Deploy the table (cdktf deploy) under another name and set store.table to it: keys cannot be changed.',
  },
  'store-without-ttl': {
    status: 200,
    retryable: false,
    advice:
      'Run the command in the message, or deploy the table (cdktf deploy): until then old rows stay and cost money.',
  },
  'ec2-unreachable': {
    status: 200,
    retryable: true,
    advice: 'Check the route to the EC2 endpoint; scaling resumes by itself.',
  },
  'ec2-throttled': { status: 200, retryable: true, advice: 'Wait: the call is repeated with back-off.' },
  'ec2-unauthorized': {
    status: 200,
    retryable: false,
    advice: 'Compare the role of the webhook with the policy of the stack.',
  },
  'ec2-no-capacity': { status: 200, retryable: true, advice: 'Add instance types or subnets to the pool, or wait.' },
  'ec2-quota': { status: 200, retryable: true, advice: 'Ask AWS for a higher quota or lower max of the pool.' },
  'ec2-bad-configuration': {
    status: 200,
    retryable: false,
    advice: 'Correct the launch template, subnets or instance types of the pool, then restart the webhook.',
  },
  'ec2-volume-key': {
    status: 200,
    retryable: false,
    advice:
      'Let whoever launches use the KMS key that encrypts the volumes (Client.InternalError), and look at the block devices of the launch template.',
  },
  'instance-ended': {
    status: 200,
    retryable: true,
    advice:
      'Look in CloudTrail who ended the instance before it joined; when nobody did, EC2 failed, and another is launched.',
  },
  'instance-interrupted': {
    status: 200,
    retryable: true,
    advice: 'EC2 took the instance back before it joined: add instance types or subnets, or use on-demand.',
  },
  'instance-powered-off': {
    status: 200,
    retryable: true,
    advice:
      'The machine turned itself off before it joined: see its console output, and mend the user data or the image.',
  },
  'preflight-problem': {
    status: 200,
    retryable: false,
    advice: 'Do what stands beside it; docs/preflight.md has every finding. It is looked at again every ten minutes.',
  },
  'circuit-open': {
    status: 200,
    retryable: true,
    advice:
      'Mend the cause that the message names; one node is tried by itself from time to time, and when it joins the rest follows.',
  },
  'ec2-token-reused': {
    status: 200,
    retryable: false,
    advice: 'Report this: a stored request was changed after it had been sent.',
  },
  'ec2-termination-protected': {
    status: 200,
    retryable: false,
    advice: 'Remove the termination protection of the instance, or make its node permanent.',
  },
  'kubernetes-unreachable': {
    status: 200,
    retryable: true,
    advice: 'Check that the API server answers; scaling resumes by itself.',
  },
  'kubernetes-forbidden': {
    status: 200,
    retryable: false,
    advice: 'Compare the ClusterRole of the webhook with k3s/rbac/; drains stop until it is mended.',
  },
  'kubernetes-rejected': {
    status: 200,
    retryable: false,
    advice: 'Report this: the API server refused a request as malformed.',
  },
  'alertmanager-unreachable': {
    status: 200,
    retryable: true,
    advice: 'Check alertmanager.urls; until it answers only growing is possible.',
  },
  'prometheus-silent': {
    status: 200,
    retryable: true,
    advice: 'Check that Prometheus runs, evaluates the shipped Watchdog rule and reaches Alertmanager.',
  },
  'prometheus-unreachable': {
    status: 200,
    retryable: true,
    advice:
      'Check requestRate.prometheus of the pool; until it answers the cost of a request is unknown, and nothing else.',
  },
  'request-query-unusable': {
    status: 200,
    retryable: false,
    advice:
      'Correct requestRate.query of the pool: it must give one number, the requests a second that the pool serves.',
  },
  'request-rate-unknown': {
    status: 200,
    retryable: true,
    advice:
      'Wait, if nobody asks anything of the pool just now; else compare requestRate.query with what Prometheus has.',
  },
  'sweep-refused': {
    status: 200,
    retryable: false,
    advice: 'Compare the nodes of the pool with its instances in EC2, and remove by hand what is really lost.',
  },
  'sweep-unvouched': {
    status: 200,
    retryable: true,
    advice:
      'Check that clusters.<name>.ec2 and the role are those of the region and account of the nodes; remove by hand what is lost.',
  },
  'redis-unreachable': {
    status: 200,
    retryable: true,
    advice: 'Check redis.url, the password and that Redis takes writes; nothing but speed is lost meanwhile.',
  },
  internal: { status: 500, retryable: true, advice: 'Report this with the log line that carries the same id.' },
} as const satisfies Record<string, { status: number; retryable: boolean; advice: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error as data: what is stored in an operation, shown in /readyz and written in a log line. */
export interface Fault {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** What happened, in the words of the peer. Never a secret. */
  readonly message: string;
}

/** The one exception type of the service: whoever catches it decides by `code`. */
export class SmartScaleError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'SmartScaleError';
  }

  get fault(): Fault {
    return { code: this.code, retryable: ERRORS[this.code].retryable, message: this.message };
  }
}

/** Any thrown value as data; what is not ours becomes `internal`. */
export function faultOf(error: unknown): Fault {
  if (error instanceof SmartScaleError) return error.fault;
  return { code: 'internal', retryable: true, message: error instanceof Error ? error.message : String(error) };
}
