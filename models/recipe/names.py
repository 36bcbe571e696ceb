"""The words of the recipe: class names of the three sets, their synonyms, and groups of ImageNet classes.

A concept is one meaning that the masks know, with every word that may stand for it. The three sets share concepts where
they mean the same thing (VOC's tvmonitor is COCO's tv). Measuring uses the plain class names of the sets, never these.
"""

# VOC name -> COCO name of the same thing; None where COCO's list of this data lacks it.
VOC_TO_COCO = {
    "aeroplane": "airplane", "bicycle": "bicycle", "bird": "bird", "boat": "boat", "bottle": "bottle", "bus": "bus",
    "car": "car", "cat": "cat", "chair": "chair", "cow": None, "diningtable": "dining table", "dog": "dog",
    "horse": "horse", "motorbike": "motorcycle", "person": "person", "pottedplant": "potted plant", "sheep": "sheep",
    "sofa": "couch", "train": "train", "tvmonitor": "tv",
}

# CamVid name -> COCO name, or None where CamVid means something that COCO does not name.
CAMVID_TO_COCO = {
    "sky": "sky-other-merged", "building": "building-other-merged", "column-pole": None, "road": "road",
    "sidewalk-pavement": "pavement-merged", "tree": "tree-merged", "sign": None, "fence": "fence-merged", "car": "car",
    "pedestrian": None, "bicyclist": None,
}

# Further words for a concept. The set's own names are added to them.
SYNONYMS = {
    "aeroplane": ["airplane", "plane", "jet"],
    "bicycle": ["bike"],
    "boat": ["ship", "rowing boat"],
    "bus": ["coach"],
    "car": ["automobile"],
    "cat": ["kitten", "house cat"],
    "chair": ["armchair", "seat"],
    "cow": ["cattle", "calf"],
    "diningtable": ["dining table"],
    "dog": ["puppy", "hound"],
    "horse": ["pony", "foal"],
    "motorbike": ["motorcycle", "motor bike"],
    "person": ["man", "woman", "child", "people", "boy", "girl", "human"],
    "pottedplant": ["potted plant", "houseplant", "plant in a pot"],
    "sheep": ["lamb", "ewe"],
    "sofa": ["couch", "settee"],
    "train": ["railway train", "locomotive"],
    "tvmonitor": ["tv", "television", "tv monitor", "computer monitor", "screen"],
    "column-pole": ["pole", "column", "lamp post"],
    "sign": ["traffic sign", "street sign", "signboard"],
    "pedestrian": ["person walking", "pedestrians"],
    "bicyclist": ["cyclist", "person on a bicycle", "rider"],
    "cell phone": ["mobile phone", "phone"],
    "cup": ["mug"],
    "refrigerator": ["fridge"],
    "teddy bear": ["toy bear"],
    "playingfield": ["playing field", "sports field", "pitch"],
    "sky-other-merged": ["sky", "clouds", "blue sky"],
    "tree-merged": ["tree", "trees", "bush", "forest", "foliage", "vegetation"],
    "grass-merged": ["grass", "lawn", "meadow"],
    "dirt-merged": ["dirt", "ground", "soil", "earth", "mud"],
    "pavement-merged": ["pavement", "sidewalk", "footpath"],
    "road": ["street", "asphalt"],
    "building-other-merged": ["building", "buildings", "skyscraper"],
    "wall-other-merged": ["wall", "plain wall"],
    "wall-brick": ["brick wall"],
    "wall-stone": ["stone wall"],
    "wall-tile": ["tile wall", "tiled wall"],
    "wall-wood": ["wooden wall"],
    "floor-other-merged": ["floor", "tiled floor"],
    "floor-wood": ["wooden floor"],
    "ceiling-merged": ["ceiling"],
    "window-other": ["window", "window pane"],
    "window-blind": ["window blind", "blinds"],
    "water-other": ["water", "pond"],
    "sea": ["ocean"],
    "mountain-merged": ["mountain", "hill", "mountains"],
    "rock-merged": ["rock", "stone", "boulder"],
    "table-merged": ["table", "desk", "coffee table"],
    "cabinet-merged": ["cabinet", "cupboard", "closet"],
    "rug-merged": ["rug", "carpet", "mat"],
    "paper-merged": ["paper"],
    "food-other-merged": ["food", "dish", "meal"],
    "fence-merged": ["fence", "railing"],
    "door-stuff": ["door"],
    "mirror-stuff": ["mirror"],
    "light": ["lamp"],
    "counter": ["countertop", "kitchen counter"],
    "railroad": ["railway track", "rails"],
    "curtain": ["curtains", "drapes"],
    "pillow": ["cushion"],
    "house": ["cottage"],
    "shelf": ["shelves", "bookshelf"],
    "flower": ["flowers"],
    "fruit": ["fruits"],
    "banner": ["poster"],
    "stairs": ["staircase", "steps"],
}

# Words that overlap in meaning: a pixel of one is never a negative for another of its row.
OVERLAPS = [
    ["person", "pedestrian", "bicyclist"],
    ["bicycle", "bicyclist"],
    ["building-other-merged", "house", "roof", "window-other", "bridge", "tent"],
    ["wall-other-merged", "wall-brick", "wall-stone", "wall-tile", "wall-wood", "building-other-merged", "house"],
    ["floor-other-merged", "floor-wood", "rug-merged", "platform"],
    ["pavement-merged", "platform", "road", "floor-other-merged"],
    ["water-other", "sea", "river"],
    ["table-merged", "diningtable", "counter"],
    ["cabinet-merged", "shelf", "counter"],
    ["grass-merged", "playingfield"],
    ["dirt-merged", "gravel", "sand", "playingfield"],
    ["rock-merged", "wall-stone", "mountain-merged", "gravel"],
    ["food-other-merged", "fruit", "sandwich", "pizza", "cake", "donut", "banana", "apple", "orange", "broccoli",
     "carrot", "hot dog"],
    ["sign", "stop sign", "banner"],
    ["column-pole", "traffic light", "light"],
    ["pottedplant", "flower", "vase", "tree-merged"],
    ["window-blind", "curtain", "window-other"],
    ["bed", "pillow", "blanket", "sofa"],
    ["chair", "sofa", "bench"],
    ["fence-merged", "net"],
    ["keyboard", "laptop"],
    ["cup", "wine glass", "vase"],
    ["railroad", "gravel"],
    ["paper-merged", "cardboard", "book"],
]

# What "background" may be called when one of VOC's twenty names competes with it.
BACKGROUND_WORDS = [
    "sky", "grass", "tree", "wall", "floor", "road", "ground", "building", "water", "mountain", "sand", "snow", "rug",
    "curtain", "cabinet", "bed", "pillow", "blanket", "fence", "window", "door", "rock", "table", "book", "paper",
    "sea", "shelf", "house", "clothes", "box", "food", "ceiling", "stairs", "light",
]

TEMPLATES = [
    "{}", "a photo of a {}.", "a photo of the {}.", "a {}", "the {}", "a picture of a {}", "a close-up of a {}.",
    "there is a {} in the scene", "a cropped photo of the {}.", "a good photo of a {}.", "a blurry photo of a {}.",
    "itap of a {}.", "a bad photo of the {}.", "a origami {}.", "a photo of the large {}.", "a {} in a video game.",
    "art of the {}.", "a photo of the small {}.", "A photo of a {} in the scene",
]

# The eight templates that the engine averages over ("imagenet_select").
INFERENCE_TEMPLATES = TEMPLATES[-8:]


def _span(text):
    """'1-3,7' -> [1, 2, 3, 7]."""
    out = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    return out


# Everyday words for groups of ImageNet classes: a word's vector is the mean over its classes.
GROUPS = {word: _span(span) for words, span in [
    ("fish", "0-6,389-397"), ("shark", "2-4"), ("ray fish", "5-6"),
    ("bird", "7-24,80-100,127-146"), ("chicken, hen, rooster", "7-8"), ("songbird, small bird", "10-20"),
    ("bird of prey", "21-24"), ("duck", "97-98"), ("water bird", "97-100,127-146"), ("parrot", "87-90"),
    ("stork", "127-128"), ("heron", "131-133"), ("owl", "24"), ("eagle", "22"), ("penguin", "145"), ("swan", "100"),
    ("salamander", "25-29"), ("frog", "30-32"), ("turtle, tortoise", "33-37"), ("lizard", "38-48"),
    ("reptile", "33-50,52-68"), ("crocodile, alligator", "49-50"), ("dinosaur", "51"), ("snake", "52-68"),
    ("spider", "70,72-77"), ("insect", "300-326"), ("beetle", "300-307"), ("butterfly", "321-326"),
    ("crab", "118-121"), ("lobster", "122-124"), ("whale", "147-148"), ("seal", "150"), ("kangaroo", "104"),
    ("dog, puppy", "151-268"), ("hound", "159-178"), ("terrier", "179-204"), ("retriever", "205-209"),
    ("spaniel", "215-221"), ("shepherd dog", "225-235"), ("poodle", "265-267"), ("wolf", "269-272"),
    ("fox", "277-280"), ("cat, kitten, house cat", "281-285"), ("big cat", "286-293"), ("bear", "294-297"),
    ("rabbit, bunny", "330-332"), ("squirrel", "335"), ("rodent", "333-338"), ("hedgehog", "334"),
    ("horse, pony", "339"), ("pig", "341-343"), ("cow, cattle, bull", "345"), ("buffalo", "346-347"),
    ("sheep, lamb", "348-349"), ("goat", "350"), ("antelope, deer", "351-353"), ("camel", "354"),
    ("monkey", "370-382"), ("ape", "365-369"), ("elephant", "101,385-386"), ("panda", "387-388"),
    ("farm animal", "339,341,345,348"), ("animal", "151-388"),
    ("aeroplane, airplane, plane, jet, aircraft", "404,895"), ("helicopter, airship", "405"),
    ("bicycle, bike", "444,671"), ("boat", "472,484,554,576,625,814,914,871,780"),
    ("ship, vessel", "403,510,628,724,780"), ("sailing boat", "484,780,871,914"), ("bottle", "440,720,737,898,901,907"),
    ("bus, coach", "654,779,874"), ("car, automobile", "436,468,511,609,627,656,661,751,817"), ("taxi", "468"),
    ("van", "654,656,675,734"), ("truck, lorry", "555,569,675,717,864,867"), ("vehicle", "407,436,468,511,555,569,656,717,817"),
    ("train, railway train, locomotive", "466,547,565,705,820"), ("tram", "829"), ("motorbike, motorcycle", "665,670"),
    ("scooter", "670"), ("chair, seat", "423,559,765,857"), ("armchair", "423,765"),
    ("sofa, couch, settee", "831"), ("bed", "564,831,516,520"), ("bench", "703"), ("diningtable, dining table", "532"),
    ("table", "532,736,526"), ("desk", "526"), ("tvmonitor, tv monitor, tv, television set", "664,851,782"),
    ("computer", "527,620,681,664"), ("keyboard", "508,878"), ("phone, telephone, cell phone", "487,528,707"),
    ("pottedplant, potted plant, houseplant, plant pot", "738"), ("furniture", "493,495,516,520,526,532,559,564,831,894"),
    ("cabinet, cupboard", "493,495,553,648,894"), ("shelf, bookshelf", "453"), ("lamp, light", "619,846"),
    ("clock", "409,530,892"), ("watch", "531"), ("curtain", "794,854"), ("window blind", "905"), ("rug, carpet, mat", "539,741"),
    ("pillow, cushion", "721"), ("blanket", "750"), ("towel", "434,700"), ("oven", "544,651,827"), ("fridge", "760"),
    ("sink", "896"), ("toilet", "861"), ("bath", "435"), ("cup, mug", "504,968,647"), ("wine glass", "572"),
    ("bowl", "659,809"), ("plate", "923"), ("spoon", "618,910"), ("knife", "499,623"), ("pan", "567,909"),
    ("vase", "883"), ("box", "478,492"), ("bag", "414,636,728,748"), ("backpack", "414"), ("handbag", "748"),
    ("hat, cap", "433,439,452,515,793,808"), ("shoe", "502,514,630,770,774"), ("tie", "451,457,906"),
    ("clothes, clothing", "474,568,578,608,610,617,834,841,869"), ("dress", "578,601"), ("umbrella", "879"),
    ("ball", "429,430,522,574,722,768,805,852,890"), ("guitar", "402,546"), ("piano", "579,881"),
    ("musical instrument", "401,402,420,432,486,541,546,558,579,776,881,889"), ("gun", "413,763,764"),
    ("book", "917,921"), ("paper", "549,918,922"), ("person, people, human", "981,982,983"), ("man", "981,982"),
    ("soldier", "652,715"), ("house", "425,449,580,660"), ("building", "410,425,483,497,498,580,634,663,668,698,727,743"),
    ("church", "497"), ("tower", "437,900,682"), ("bridge", "821,839,888"), ("shop, store", "415,467,509,582,788,860,865"),
    ("fence", "489,716,912"), ("wall", "825"), ("roof", "853,858"), ("sign", "919"), ("column-pole, pole", "733,557,863"),
    ("street", "919,920"), ("sea, ocean, water", "978,977,973"), ("lake", "975"), ("beach, sand", "977,978"),
    ("mountain, hill", "970,972,979,980"), ("rock", "972,976"), ("food", "924-965"), ("fruit", "948-957"),
    ("vegetable", "935-947"), ("bread", "930-932"), ("apple", "948"), ("sandwich, burger", "933"), ("cake", "927"),
    ("flower", "985,986"), ("mushroom", "947,991-997"), ("door", "799,789"), ("stairs, railing", "421"),
    ("skis, skiing", "795"), ("bottle of wine", "907"), ("printer", "713,742"), ("camera", "732,759"),
    ("remote", "761"), ("mouse", "673"), ("laptop", "620,681"), ("teddy bear", "850"), ("tent", "672"),
    ("tractor", "866"), ("field, hay", "958"), ("swimsuit", "445,638,639,842"),
] for word in words.split(", ")}
