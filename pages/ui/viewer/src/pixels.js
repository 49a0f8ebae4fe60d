// Pixels from the server: raw bytes of one slice, what they mean in a header beside them.
import { cache, imageLoader, metaData, utilities } from "@cornerstonejs/core";

const SCHEME = "arn";
const ARRAYS = { u1: Uint8Array, i2: Int16Array, u2: Uint16Array, f4: Float32Array };
const known = new Map(); // what is known of each slice, by its image id
const asked = new Map(); // slices on their way, by image id
const MOST_BYTES = 256 * 2 ** 20;

// The bundle's own address ends in <version>/viewer.js; pixels lie beside that folder.
const PLACE = new URL("../pixels/", import.meta.url);

export const imageId = (stack, index) => `${SCHEME}:${stack}/${index}`;
export const about = (id) => known.get(id);

const fetched = (id) => fetch(new URL(id.slice(SCHEME.length + 1), PLACE), { credentials: "same-origin" });

// Asks for a slice that is about to be drawn, while what draws it is still being set up.
export function ask(id) {
  if (known.has(id) || asked.has(id)) return;
  asked.set(id, fetched(id));
  asked.get(id).catch(() => {}); // whoever draws it is told
}

async function load(id) {
  const coming = asked.get(id) ?? fetched(id);
  asked.delete(id);
  const answer = await coming;
  if (!answer.ok) throw new Error((await answer.text()) || `The server answered ${answer.status}.`);
  const told = JSON.parse(answer.headers.get("Arncnn-Scan"));
  const values = new ARRAYS[told.type](await answer.arrayBuffer());
  const { rows, columns, low, high } = told;
  if (values.length !== rows * columns) throw new Error("The pixels did not arrive whole.");
  const [height, width] = told.spacing ?? [told.aspect, 1];
  known.set(id, { ...told, values, height, width });
  const first = told.windows[0];
  return {
    imageId: id,
    minPixelValue: low,
    maxPixelValue: high,
    slope: 1,
    intercept: 0,
    windowCenter: (first.lower + first.upper) / 2,
    windowWidth: first.upper - first.lower,
    voiLUTFunction: "LINEAR_EXACT",
    getPixelData: () => values,
    rows,
    columns,
    height: rows,
    width: columns,
    color: false,
    rgba: false,
    numberOfComponents: 1,
    columnPixelSpacing: width,
    rowPixelSpacing: height,
    invert: false,
    photometricInterpretation: "MONOCHROME2",
    sizeInBytes: values.byteLength,
    dataType: values.constructor.name,
    voxelManager: utilities.VoxelManager.createImageVoxelManager({
      width: columns,
      height: rows,
      scalarData: values,
      numberOfComponents: 1,
      id,
    }),
  };
}

function metadata(type, id) {
  const told = known.get(id);
  if (!told) return undefined;
  if (type === "imagePixelModule") {
    const bits = told.values.BYTES_PER_ELEMENT * 8;
    return {
      bitsAllocated: bits,
      bitsStored: bits,
      highBit: bits - 1,
      samplesPerPixel: 1,
      pixelRepresentation: told.type === "i2" ? 1 : 0,
      photometricInterpretation: "MONOCHROME2",
      rows: told.rows,
      columns: told.columns,
    };
  }
  if (type === "imagePlaneModule")
    return {
      rows: told.rows,
      columns: told.columns,
      rowCosines: [1, 0, 0],
      columnCosines: [0, 1, 0],
      imageOrientationPatient: [1, 0, 0, 0, 1, 0],
      imagePositionPatient: [0, 0, 0],
      rowPixelSpacing: told.height,
      columnPixelSpacing: told.width,
      pixelSpacing: [told.height, told.width],
      frameOfReferenceUID: id,
      sliceThickness: 1,
    };
  if (type === "generalSeriesModule") return { modality: "OT" };
  if (type === "voiLutModule") {
    const { lower, upper } = told.windows[0];
    return { windowCenter: [(lower + upper) / 2], windowWidth: [upper - lower], voiLUTFunction: "LINEAR_EXACT" };
  }
  return undefined;
}

export function start() {
  cache.setMaxCacheSize(MOST_BYTES);
  imageLoader.registerImageLoader(SCHEME, (id) => ({ promise: load(id) }));
  metaData.addProvider(metadata, 1000);
}

export function ahead(stack, index, count) {
  for (const near of [index + 1, index - 1, index + 2, index - 2])
    if (near >= 0 && near < count) imageLoader.loadAndCacheImage(imageId(stack, near)).catch(() => {});
}
