import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A ConfigMap or a Secret in a pod, as the kubelet shows it: whoever reads sees all files of before or all of now. */
export class ProjectedVolume {
  private generation = 0;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** What is as it was is left alone. */
  show(files: Readonly<Record<string, string>>): void {
    if (this.isShown(files)) return;
    const now = `..${(this.generation += 1)}`;
    mkdirSync(join(this.folder, now));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, now, name), text);
    symlinkSync(now, join(this.folder, '..data_tmp'));
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
    for (const name of Object.keys(files)) if (!this.names().includes(name)) this.link(name);
    for (const name of this.names()) if (!(name in files)) rmSync(join(this.folder, name));
    rmSync(join(this.folder, `..${this.generation - 1}`), { recursive: true, force: true });
  }

  private isShown(files: Readonly<Record<string, string>>): boolean {
    const shown = this.names().map((name) => [name, readFileSync(join(this.folder, name), 'utf8')] as const);
    return shown.length === Object.keys(files).length && shown.every(([name, text]) => files[name] === text);
  }

  private names(): readonly string[] {
    return readdirSync(this.folder).filter((name) => !name.startsWith('..'));
  }

  private link(name: string): void {
    symlinkSync(join('..data', name), join(this.folder, name));
  }
}
