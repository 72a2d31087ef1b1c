import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type ReactNode, type SyntheticEvent } from 'react';
import { useTell } from '../status.tsx';
import { Trouble } from './trouble.tsx';

interface ReasonDialogProps {
  title: string;
  /** The consequence, said before it is done. */
  children?: ReactNode;
  /** The word on the button that does it. */
  verb: string;
  isDangerous?: boolean;
  /** Whether a reason must be given; `none` asks for no reason. */
  reason: 'needed' | 'wished' | 'none';
  /** A text that it answers says what came of it. */
  send: (reason: string) => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is done, says why it was refused, and closes when it is done. */
export function ReasonDialog(props: ReasonDialogProps): ReactNode {
  const { title, children, verb, isDangerous = false, reason, send, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [isMissing, setMissing] = useState(false);
  const id = useId();
  const client = useQueryClient();
  const tell = useTell();
  const sending = useMutation({
    mutationFn: () => send(text.trim()),
    onSuccess: (answer) => {
      dialog.current?.close();
      tell(typeof answer === 'string' ? answer : `${title}: done`);
      void client.invalidateQueries({ predicate: ({ meta }) => meta?.['isStill'] !== true });
    },
  });
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (reason === 'needed' && text.trim() === '') return setMissing(true);
    if (!sending.isPending) sending.mutate();
  };
  return (
    <dialog ref={dialog} aria-labelledby={`${id}-title`} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <h2 id={`${id}-title`}>{title}</h2>
        {children}
        {reason !== 'none' && (
          <p className="field">
            <label htmlFor={id}>Reason{reason === 'wished' && ' (stands in the log)'}</label>
            <textarea
              id={id}
              rows={2}
              maxLength={1_000}
              value={text}
              aria-invalid={isMissing}
              aria-describedby={isMissing ? `${id}-missing` : undefined}
              onChange={(event) => setText(event.target.value)}
            />
            {isMissing && (
              <span id={`${id}-missing`} className="missing" role="alert">
                Say why: whoever looks tonight will read it.
              </span>
            )}
          </p>
        )}
        {sending.error && <Trouble error={sending.error} />}
        <p className="buttons">
          <button
            type="submit"
            className={isDangerous ? 'dangerous' : 'primary'}
            disabled={sending.isPending}
          >
            {sending.isPending ? 'Sending…' : verb}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Back
          </button>
        </p>
      </form>
    </dialog>
  );
}
