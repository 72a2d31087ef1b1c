/** Why an operation stands where it stands, and until when; what comes after that has a line of its own. */
import type { ReactNode } from 'react';
import { Moment, useNow, ZONE } from '../now.tsx';
import type { Schemas } from '../rest-client.ts';
import { standsOf, untilWords } from '../words/operation-words.ts';

type Operation = Pick<Schemas['Operation'], 'waitingFor' | 'description'>;

export function Why({ operation }: { operation: Operation }): ReactNode {
  return standsOf(operation, useNow(), ZONE).map(({ code, words, until }, place) => (
    <p key={code ?? ''} className="why">
      {place > 0 && 'After that: '}
      {words}
      {until && (
        <span className="quiet">
          {' '}
          ({untilWords(code ?? '')} <Moment at={until} />)
        </span>
      )}
    </p>
  ));
}
