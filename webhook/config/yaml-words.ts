import { visit, type Document, type YAMLParseError } from 'yaml';

/** Their messages end with what stands in the file, and that may be a secret. */
const WORDS: Readonly<Record<string, string>> = {
  BAD_DIRECTIVE: 'only YAML 1.2 without directives is read here',
  BAD_DQ_ESCAPE: 'in double quotes a backslash must begin an escape sequence that YAML knows',
  TAG_RESOLVE_FAILED: 'the tag is not known',
};

/** What is wrong with the YAML, with nothing of the file in it. */
export function wordsOfYaml({ code, message }: Pick<YAMLParseError, 'code' | 'message'>): string {
  return WORDS[code] ?? message.replace(/: .*$/s, '');
}

/** Why the document cannot be made plain: an alias of nothing, or aliases that multiply. With the offset of the first. */
export function aliasMistake(document: Document.Parsed): { readonly offset: number; readonly text: string } {
  let offset: number | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document)) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  if (offset !== undefined) return { offset, text: 'an alias must have its anchor before it' };
  return { offset: 0, text: 'aliases must not multiply: write the values out' };
}
