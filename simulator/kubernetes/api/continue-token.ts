import { badRequest } from '../api-error';

/** Where a list goes on: `revision` -1 = with the present world, whatever the pages before showed. */
export interface ListToken {
  readonly revision: number;
  /** The smallest key that is still to come. */
  readonly start: string;
}

const VERSION = 'meta.k8s.io/v1';

export function encodeToken({ revision, start }: ListToken): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url');
}

/** Null for the first page. Throws the 400. */
export function parseToken(text: string): ListToken | null {
  if (text === '') return null;
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as {
      v?: unknown;
      rv?: unknown;
      start?: unknown;
    };
    const { v, rv, start } = token;
    if (v !== VERSION || typeof rv !== 'number' || typeof start !== 'string') throw new Error('it is not one of ours');
    // Some servers write a leading slash.
    return { revision: rv, start: start.replace(/^\//, '') };
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`);
  }
}
