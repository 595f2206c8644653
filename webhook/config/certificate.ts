import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** PEM files; the certificate first, then whoever signed it. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Throws an Error that says what is wrong with the two; no part of the key is in it. */
export function readCertificate({ certFile, keyFile }: CertificateFiles): Certificate {
  const [cert, key] = [read(certFile, 'certificate'), read(keyFile, 'key')];
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the certificate and the key do not serve together (${why})`, { cause });
  }
  return { cert, key };
}

function read(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`the file of the ${what} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
