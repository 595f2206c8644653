import type { Random } from '../random';

interface Session {
  readonly machine: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

const LENGTH = 54;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Session tokens of IMDS: each holds on the machine that asked for it, until its time is over. */
export class SessionTokens {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly random: Random) {}

  issue(machine: string, seconds: number, now: number): string {
    for (const [token, { endsAt }] of this.sessions) if (endsAt <= now) this.sessions.delete(token);
    const letters = Array.from({ length: LENGTH }, () => ALPHABET[Math.floor(this.random() * ALPHABET.length)]);
    const token = `${letters.join('')}==`;
    this.sessions.set(token, { machine, endsAt: now + seconds * 1000 });
    return token;
  }

  holds(token: string, machine: string, now: number): boolean {
    const session = this.sessions.get(token);
    return session?.machine === machine && now < session.endsAt;
  }
}
