import { statSync } from 'node:fs';
import { readCertificate, type Certificate, type CertificateFiles } from '../config/certificate';

/** What became of files that changed. */
export interface CertificateEvents {
  renewed(): void;
  refused(error: Error): void;
}

/** Finds out that somebody renewed the files. While they do not serve together, what was read before stands. */
export class RenewedCertificate {
  private stamp: string;

  constructor(
    private readonly files: CertificateFiles,
    private readonly on: CertificateEvents,
  ) {
    this.stamp = this.stampNow() ?? '';
  }

  /** The new ones, once; null when nothing has changed. Cheap enough for every connection. */
  take(): Certificate | null {
    const stamp = this.stampNow();
    if (stamp === null || stamp === this.stamp) return null;
    this.stamp = stamp;
    try {
      const certificate = readCertificate(this.files);
      this.on.renewed();
      return certificate;
    } catch (error) {
      this.on.refused(error as Error);
      return null;
    }
  }

  /** Null while a file is away: it is being replaced. */
  private stampNow(): string | null {
    try {
      return [this.files.certFile, this.files.keyFile].map(stampOf).join(' ');
    } catch {
      return null;
    }
  }
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs}/${size}/${ino}`;
}
