/** The one region of the page that tells politely, to those who don't see it, what has come of what they did. */
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';

const Tell = createContext<(words: string) => void>(() => undefined);

export function WithStatus({ children }: { children: ReactNode }): ReactNode {
  const [words, setWords] = useState('');
  return (
    <Tell value={setWords}>
      {children}
      <p className="unseen" role="status">
        {words}
      </p>
    </Tell>
  );
}

export function useTell(): (words: string) => void {
  return useContext(Tell);
}

/** Tells the answer to what was asked once it is there, and not how it changes afterwards. */
export function useTold(asked: string, answer: string | undefined): void {
  const tell = useTell();
  const isThere = answer !== undefined;
  const last = useRef(answer);
  last.current = answer;
  useEffect(() => {
    if (isThere) tell(last.current ?? '');
  }, [tell, asked, isThere]);
}
