/** Everything that a command has from outside, so that tests can stand in for the terminal, the clock and the browser. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Of the package. */
  version: string;
  stdout: OutputStream;
  stderr: OutputStream;
  stdin: InputStream;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Aborted by Ctrl-C, and by a signal to end. */
  interrupted: AbortSignal;
  /** Tries to; the address is shown, too. */
  openBrowser: (url: string) => void;
  readFile: (path: string) => Promise<string>;
  writeFile: (path: string, text: string) => Promise<void>;
}

export interface OutputStream {
  write(text: string): void;
  isTerminal: boolean;
  /** Characters in a line; 80 where that is not known. */
  columns: number;
  /** Lines that it shows; 24 where that is not known. */
  rows: number;
}

export interface InputStream {
  isTerminal: boolean;
  /** One line, without its end. */
  ask(question: string): Promise<string>;
  /** All of it, as with `-f -`. */
  readAll(): Promise<string>;
}
