/** `npm run rules [file...]`: is the policy valid, does it keep the contract, and do its tests hold? */
import { join } from 'node:path';
import { findBinaries } from '../simulator/monitoring/binaries';
import { REPOSITORY } from '../simulator/monitoring/shipped-files';
import { checkRules, shortName, type FileReport } from './check-rules';
import type { Problem } from './rule-file';

const folder = join(REPOSITORY, 'prometheus-rules');

async function main(files: readonly string[]): Promise<boolean> {
  const { promtool } = await findBinaries({ say });
  const reports = await checkRules({ folder, promtool, files });
  for (const report of reports) print(report);
  return reports.every(({ problems }) => problems.length === 0);
}

function print({ file, problems, notes }: FileReport): void {
  const name = shortName(file, folder);
  const line = (problem: Problem): string => `${name}:${problem.line}: ${problem.message}`;
  for (const note of notes) say(`note  ${line(note)}`);
  for (const problem of problems) say(`WRONG ${line(problem)}`);
  if (problems.length === 0) say(`ok    ${name}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2)).then(
  (good) => {
    process.exitCode = good ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
