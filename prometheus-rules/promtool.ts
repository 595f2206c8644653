import { execFile } from 'node:child_process';
import type { Problem, Rule } from './rule-file';

/** Runs promtool; `output` is all that it printed. Rejects only if it cannot be started. */
export function promtool(program: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { maxBuffer: 32 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') return reject(new Error(`${program}: ${error.message}`));
      resolve({ ok: error === null, output: `${stdout}${stderr}` });
    });
  });
}

/** `file: 12:9: group "g", rule 3, "name": could not parse expression: 2:5: parse error: what` */
const AT_RULE = /(\d+):\d+: (group .*?: )(?:could not parse expression: )?(?:(\d+):(\d+): )?(.*)$/;

/** `line 66: field rekord not found in type rulefmt.RuleNode` */
const AT_FIELD = /^line (\d+): (.*)$/;

/** What `promtool check rules` says, on the line of the file: promtool counts lines inside an expression from its start. */
export function problemsOf(output: string, rules: readonly Rule[]): Problem[] {
  const lines = output.split('\n').map((line) => line.trim());
  const found = lines.flatMap((text) => {
    const field = AT_FIELD.exec(text);
    if (field !== null) return [{ line: Number(field[1]), message: `${field[2]}. Mend or remove the key.` }];
    const match = AT_RULE.exec(text);
    if (match === null) return [];
    const [, outer = '1', where = '', inner, column, what = ''] = match;
    const rule = inner === undefined ? undefined : nearest(rules, Number(outer));
    const line = rule === undefined ? Number(outer) : rule.expr.line + Number(inner) - 1;
    const position = column === undefined ? '' : ` at character ${column} of the expression`;
    return [{ line, message: `${where}${what}${position}.` }];
  });
  return found.length > 0 ? found : [{ line: 1, message: lines.filter((line) => line !== '').join(' ') }];
}

/** promtool names the line of `expr:`; the text of a block begins below it. */
function nearest(rules: readonly Rule[], line: number): Rule | undefined {
  return rules.find(({ expr }) => expr.line === line || expr.line === line + 1);
}
