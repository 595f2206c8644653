import { type Action, tagsOf } from '../action';

/** Of instances only. */
export const createTags: Action = {
  parameters: ['ResourceId', 'Tag'],
  run(cloud, params) {
    cloud.createTags(params.texts('ResourceId'), tagsOf(params));
    return { return: true };
  },
};
