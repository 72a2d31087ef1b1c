/** Why an operation stands where it stands, and until when; what comes after that has a line of its own. */
import type { ReactNode } from 'react';
import { Moment } from '../now.tsx';
import type { Schemas } from '../rest-client.ts';
import { standsOf, untilWords } from '../words/operation-words.ts';
import { Said } from './said.tsx';

type Operation = Pick<Schemas['Operation'], 'waitingFor' | 'description'>;

export function Why({ operation }: { operation: Operation }): ReactNode {
  return standsOf(operation).map(({ code, words, until }, place) => (
    <p key={code ?? ''} className="why">
      {place > 0 && 'After that: '}
      <Said text={words} />
      {until && (
        <span className="quiet">
          {' '}
          ({untilWords(code ?? '')} <Moment at={until} />)
        </span>
      )}
    </p>
  ));
}
