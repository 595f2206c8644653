/** An object as the API server writes it: where the client's types have a Date there is a text, such as 2026-11-22T03:31:38Z. */
export type Raw<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Raw<Item>[]
    : T extends object
      ? { [Key in keyof T]: Raw<T[Key]> }
      : T;
