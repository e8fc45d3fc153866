// An interactive shell on a pseudo-terminal, at whose prompt words are typed and Tab is pressed.
import { Listener, plainEnv } from "./binary.ts";

export type ShellName = "bash" | "zsh" | "fish";

export interface Shell {
  /** Types on an empty line; resolves to what the line is then, and to all that was written meanwhile. */
  type(keys: string): Promise<{ readonly line: string; readonly shown: string }>;
  stop(): Promise<void>;
}

interface Habits {
  readonly argv: readonly string[];
  /** Typed first: no prompt to be confused with, and a key that prints the command line and empties it. */
  readonly setUp: string;
}

/** Ctrl-O: neither shells nor terminals need it here. */
const KEY = "\u000f";
const BEGIN = "LINE<";
const END = ">ENIL";

const HABITS: Readonly<Record<ShellName, Habits>> = {
  bash: {
    argv: ["bash", "--noprofile", "--norc", "-i"],
    setUp: `PS1='$ '; show() { printf '\\n%s%s%s\\n' 'LINE<' "$READLINE_LINE" '>ENIL'; READLINE_LINE=; }; bind -x '"\\C-o": show'; bind 'set page-completions off'; bind 'set completion-query-items 0'; bind 'set bell-style none'`,
  },
  zsh: {
    argv: ["zsh", "-f", "-i"],
    setUp: `PS1='$ '; autoload -Uz compinit; compinit -u -D; LISTMAX=9999; setopt NO_BEEP NO_LIST_BEEP; show() { print -r -- $'\\n''LINE<'"$BUFFER"'>ENIL'; BUFFER=; zle reset-prompt }; zle -N show; bindkey '^O' show`,
  },
  fish: {
    argv: ["fish", "--no-config", "-i"],
    setUp: `function fish_prompt; echo -n '$ '; end; function show; printf '\\n%s%s%s\\n' 'LINE<' (commandline) '>ENIL'; commandline ''; commandline -f repaint; end; bind \\co show`,
  },
};

/** Starts a shell, types `lines`, and waits until it has done them. */
export async function startShell(
  name: ShellName,
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Shell> {
  const { argv, setUp } = HABITS[name];
  const heard = new Listener();
  const decoder = new TextDecoder();
  const child = Bun.spawn([...argv], {
    env: await plainEnv(env),
    terminal: {
      cols: 200,
      rows: 50,
      data: (_, bytes) => heard.add(Bun.stripANSI(decoder.decode(bytes, { stream: true }))),
      exit: () => heard.end(),
    },
  });
  const press = (keys: string): void => {
    child.terminal?.write(keys);
  };
  for (const [index, line] of [setUp, ...lines].entries()) {
    // Quoted in two parts, so that the echo of what is typed is not taken for the answer.
    press(`${line}; echo DO''NE-${index}\r`);
    await heard.said(`DONE-${index}`);
  }
  return {
    type: async (keys) => {
      heard.text = "";
      press(keys);
      press(KEY);
      await heard.said(END);
      const { text } = heard;
      const line = text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END));
      return { line, shown: text };
    },
    stop: async () => {
      child.terminal?.close();
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
