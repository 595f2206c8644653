/** One call, without a socket. Header names are lower case. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a call is about, as authorization and routing see it. */
export interface Target {
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete' | 'update' | 'deletecollection';

/** A call that was parsed, authenticated and allowed. */
export interface Call {
  readonly verb: Verb;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: string;
}
