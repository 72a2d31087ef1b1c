import { quoted } from '../../../clients/redaction.ts';
import { cleanJson } from '../../../domain/texts.ts';
import type { DescribedObject, InstanceDriver, ObjectDriver } from './driver.ts';

/** A driver whose answers can be stored, whatever its system has put into names, reasons and attributes. */
export function withCleanAnswers<D extends ObjectDriver | InstanceDriver>(driver: D): D {
  const survey = 'survey' in driver ? driver.survey : undefined;
  return {
    ...driver,
    describe: async (object, signal) => {
      const described = await driver.describe(object, signal);
      return described && cleaned(described);
    },
    ...(survey && {
      survey: (): ReturnType<typeof survey> => {
        const look = survey();
        return async (objects, signal) =>
          new Map([...(await look(objects, signal))].map(([name, described]) => [name, cleaned(described)]));
      },
    }),
  };
}

function cleaned(described: DescribedObject): DescribedObject {
  const { reason, ...rest } = described;
  return { ...cleanJson(rest), ...(reason === undefined ? {} : { reason: quoted(reason) }) };
}
