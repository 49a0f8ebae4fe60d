// In place of dcmjs, a DICOM parser: files are parsed on the server. What Cornerstone needs of
// it here is its log and its dictionary, which the build writes down as lines.
import lines from "dictionary";
import log from "loglevel";

const dictionary = {}, nameMap = {};
for (const line of lines.split("\n")) {
  const [name, hex, vr, vm] = line.split(" ");
  const tag = `(${hex.slice(0, 4)},${hex.slice(4)})`;
  dictionary[tag] = nameMap[name] = { tag, name, vr, vm };
}
class Unused {}

export { log };
export const constants = {};
export default {
  async: { AsyncDicomReader: Unused },
  data: { DicomMetaDictionary: { dictionary, nameMap } },
  utilities: { DicomMetadataListener: Unused },
};
