/** EC2's "server errors" have a status of their own; everything else is the caller's mistake (400). */
const STATUS: Readonly<Record<string, number>> = {
  DryRunOperation: 412,
  UnauthorizedOperation: 403,
  AuthFailure: 401,
  RequestLimitExceeded: 503,
  Unavailable: 503,
  ServiceUnavailable: 503,
  InternalError: 500,
  InternalFailure: 500,
  InsufficientInstanceCapacity: 500,
  InsufficientHostCapacity: 500,
  InsufficientReservedInstanceCapacity: 500,
  InsufficientCapacity: 500,
};

/** An error as EC2 words it: `code` and `message` of its XML, `status` of its HTTP answer. */
export class Ec2Error extends Error {
  readonly status: number;

  constructor(
    readonly code: string,
    message: string,
    status?: number,
  ) {
    super(message);
    this.name = 'Ec2Error';
    this.status = status ?? STATUS[code] ?? 400;
  }
}
