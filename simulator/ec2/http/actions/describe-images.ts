import type { Image } from '../../ec2-types';
import { type Fields, filtered } from '../../filter';
import { type Action, filtersOf } from '../action';
import type { XmlValue } from '../xml';

const FIELDS: Fields<Image> = { 'image-id': ({ id }) => id, architecture: ({ arch }) => arch };

/** By filter: an image that is unknown, or that nobody shares with us, is left out. */
export const describeImages: Action = {
  parameters: ['Filter'],
  run({ settings }, params) {
    return { imagesSet: filtered(settings.images, filtersOf(params), FIELDS).map(imageXml) };
  },
};

function imageXml({ id, arch }: Image): XmlValue {
  return {
    imageId: id,
    imageState: 'available',
    imageOwnerId: '123456789012',
    isPublic: false,
    architecture: arch,
    imageType: 'machine',
    name: id,
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    enaSupport: true,
  };
}
