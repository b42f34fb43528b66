type Environment = Readonly<Record<string, string | undefined>>;

/** Values of flags, by their names in camel case. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A setting as it was given, and under which name. */
interface Given {
  readonly value: string;
  readonly origin: string;
}

/** Reads settings of flags and the environment, flags first, and keeps all that is wrong with them. */
export class SettingsReader {
  readonly #env: Environment;
  readonly #flags: Flags;
  /** What is wrong, each with the name of its setting. */
  readonly problems: string[] = [];

  constructor(env: Environment, flags: Flags) {
    this.#env = env;
    this.#flags = flags;
  }

  /** The text of a setting; undefined: it is not given. An empty variable counts as unset. */
  text(flag: string, variable: string): string | undefined {
    return this.#given(flag, variable)?.value;
  }

  /** A text that has to be good, in words that follow "must be". */
  checked(
    flag: string,
    variable: string,
    isGood: (value: string) => boolean,
    expected: string,
  ): string | undefined {
    const given = this.#given(flag, variable);
    if (given === undefined || isGood(given.value)) return given?.value;
    this.problems.push(`${given.origin}: must be ${expected}, not ${JSON.stringify(given.value)}`);
    return undefined;
  }

  /** Whether a setting is on. */
  yes(flag: string, variable: string, otherwise: boolean): boolean {
    const text = this.checked(flag, variable, (value) => /^(true|false)$/.test(value), 'true or false');
    return (text ?? String(otherwise)) === 'true';
  }

  /** The parts of a list: each flag is one; a variable has them with commas between. */
  list(flag: string, variable: string): readonly Given[] {
    const flags = this.#flags[flag];
    if (Array.isArray(flags)) return flags.map((value: string) => ({ value, origin: flagName(flag) }));
    return (this.#env[variable] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((value) => ({ value, origin: variable }));
  }

  #given(flag: string, variable: string): Given | undefined {
    const value = this.#flags[flag];
    if (value !== undefined) return { value: String(value), origin: flagName(flag) };
    const text = this.#env[variable] ?? '';
    return text === '' ? undefined : { value: text, origin: variable };
  }
}

/** Whether a text is the address of a server, with no credentials in it. */
export function isServerAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}

/** Whether a text is a port; 0: any free one. */
export const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

const flagName = (flag: string): string =>
  `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
